package localnet

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// door lets in what does not come from somebody else's web page: a page can have the
// browser of whoever runs the chain send requests to it, and through a name that
// leads to this machine (DNS rebinding) read the answers, too.
type door struct {
	next    http.Handler
	host    string   // that is listened on
	hosts   []string // further ones that may be asked for, "*": any
	origins []string // of web pages that may ask, "*": any
}

// ServeHTTP implements http.Handler.
func (d door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !d.knows(r.Host) {
		http.Error(w, fmt.Sprintf("this chain is not known as %q: ask for its IP address or localhost, or start it with localnet.WithAllowedHosts", r.Host), http.StatusForbidden)
		return
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		d.next.ServeHTTP(w, r)
		return
	}
	w.Header().Add("Vary", "Origin")
	if !d.welcomes(origin, r.Host) {
		http.Error(w, fmt.Sprintf("web pages of %q may not use this chain: start it with localnet.WithAllowedOrigins", origin), http.StatusForbidden)
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	if r.Method == http.MethodOptions {
		preflight(w, r)
		return
	}
	d.next.ServeHTTP(w, r)
}

// preflight tells a browser what a page that is welcome may send.
func preflight(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Methods", "POST, GET")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		w.Header().Set("Access-Control-Allow-Headers", asked)
	}
	w.Header().Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

// knows reports whether a request's Host is one of this chain. An address cannot be
// made to lead elsewhere, as a name can.
func (d door) knows(host string) bool {
	name := hostname(host)
	if _, err := netip.ParseAddr(name); err == nil || name == "" {
		return true
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || name == hostname(d.host) ||
		slices.ContainsFunc(d.hosts, func(h string) bool { return h == "*" || hostname(h) == name })
}

// welcomes reports whether pages of an origin may use the chain.
func (d door) welcomes(origin, host string) bool {
	if u, err := url.Parse(origin); err == nil && u.Host != "" && strings.EqualFold(u.Host, host) {
		return true // a page that this address serves
	}
	return slices.ContainsFunc(d.origins, func(o string) bool { return o == "*" || strings.EqualFold(o, origin) })
}

// hostname is a host without its port, in lower case.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}
