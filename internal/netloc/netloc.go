// Package netloc tells hosts on the internet from those of this machine and its local network.
package netloc

import (
	"net/netip"
	"slices"
	"strings"
)

// localNames are the endings of names that exist in a local network only.
var localNames = []string{".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test"}

// sharedSpace is the address space of carriers and overlay networks (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// IsPublic reports whether a host, a name or an address without a port, may be reached over the internet: plain http to
// it can be read and changed by everybody on the way. Names are not looked up: one without a dot is local.
func IsPublic(host string) bool {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if ip, err := netip.ParseAddr(name); err == nil {
		ip = ip.Unmap()
		return !ip.IsLoopback() && !ip.IsPrivate() && !ip.IsLinkLocalUnicast() && !ip.IsUnspecified() && !sharedSpace.Contains(ip)
	}
	return strings.Contains(name, ".") && !slices.ContainsFunc(localNames, func(end string) bool { return strings.HasSuffix(name, end) })
}
