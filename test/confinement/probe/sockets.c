/* Sockets of every family, and listeners of the host. */
#include "probe.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>

static int family(int domain, int type, int protocol)
{
	return socket(domain, type, protocol) < 0 ? -1 : 0;
}
static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		                     .sin_port = htons((unsigned short)port),
		                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}
static int connects(int fd, const void *address, socklen_t length)
{
	return fd < 0 ? -1 : connect(fd, address, length);
}

PROBE(internet, "opens an internet socket")
{
	return family(AF_INET, SOCK_STREAM, 0);
}
PROBE(internet_datagrams, "opens one for datagrams")
{
	return family(AF_INET, SOCK_DGRAM, 0);
}
PROBE(internet_6, "opens one of version 6")
{
	return family(AF_INET6, SOCK_STREAM, 0);
}
PROBE(internet_raw, "opens a raw one")
{
	return family(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}
PROBE(multipath, "opens a multipath one, which Landlock may not know")
{
	return family(AF_INET, SOCK_STREAM, 262);
}
PROBE(tcp_to_host, "connects to a server on the loopback")
{
	struct sockaddr_in address = loopback(arena.port);

	return connects(socket(AF_INET, SOCK_STREAM, 0), &address, sizeof(address));
}
PROBE(fast_open_to_host, "does so by sending at once")
{
	struct sockaddr_in address = loopback(arena.port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? -1
	              : (int)sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL,
	                            (struct sockaddr *)&address, sizeof(address));
}
PROBE(datagram_to_host, "sends a datagram to the loopback")
{
	struct sockaddr_in address = loopback(9);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return fd < 0 ? -1
	              : (int)sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof(address));
}
PROBE(tcp_listen, "listens")
{
	struct sockaddr_in address = loopback(0);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0
	               ? -1
	               : listen(fd, 1);
}
PROBE(abstract_to_host, "connects to an abstract socket outside")
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(arena.abstract);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(address.sun_path + 1, arena.abstract, length);
	/* Node pads the name with zeros to its full length. */
	if (connects(fd, &address, sizeof(address)) == 0)
		return 0;
	return errno != ECONNREFUSED
	               ? -1
	               : connects(fd, &address,
	                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length));
}
static int connects_to_path(int fd, const char *directory)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s/s", directory);
	return connects(fd, &address, sizeof(address));
}
PROBE(path_to_host, "connects to a socket in a directory outside")
{
	return connects_to_path(socket(AF_UNIX, SOCK_STREAM, 0), arena.outside);
}
PROBE(socket_in_source, "connects to a socket in the watch directory")
{
	return connects_to_path(socket(AF_UNIX, SOCK_STREAM, 0), arena.source);
}
PROBE(pair_to_source, "connects one of a pair of sockets to it")
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0)
		return -1;
	/* It listens for another type, which is found out when all else has been passed. */
	return connects_to_path(pair[0], arena.source) == 0 || errno == EPROTOTYPE ? 0 : -1;
}
PROBE(netlink_route, "asks the kernel about networks")
{
	return family(AF_NETLINK, SOCK_RAW, 0);
}
PROBE(netlink_audit, "opens a socket to the kernel's audit")
{
	return family(AF_NETLINK, SOCK_RAW, 9);
}
PROBE(netlink_filter, "opens one to its packet filter")
{
	return family(AF_NETLINK, SOCK_RAW, 12);
}
PROBE(netlink_events, "opens one to its events about devices")
{
	return family(AF_NETLINK, SOCK_RAW, 15);
}
PROBE(packet, "opens a packet socket")
{
	return family(AF_PACKET, SOCK_RAW, 0);
}
PROBE(kernel_crypto, "opens a kernel crypto socket")
{
	return family(AF_ALG, SOCK_SEQPACKET, 0);
}
PROBE(vsock, "opens a socket to the machine's host")
{
	return family(AF_VSOCK, SOCK_STREAM, 0);
}
PROBE(express_data_path, "opens an XDP socket")
{
	return family(44, SOCK_RAW, 0);
}
PROBE(any_other_family, "opens a socket of any other family")
{
	const int known[] = { AF_UNIX,   AF_INET, AF_INET6, AF_NETLINK,
		              AF_PACKET, AF_ALG,  AF_VSOCK, 44 };
	const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_RDM };

	for (int domain = 1; domain < 64; domain++) {
		int seen = 0;
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			seen |= known[i] == domain;
		for (size_t i = 0; !seen && i < sizeof(types) / sizeof(types[0]); i++)
			if (socket(domain, types[i], 0) >= 0)
				return 0;
	}
	return denied(EAFNOSUPPORT);
}
