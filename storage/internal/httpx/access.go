package httpx

import (
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/netloc"
	"github.com/decloud-sdk/decloud-go/storage"
)

// access is what a service lets us in by, and where it may send us.
type access struct {
	base      *url.URL
	elsewhere bool // see Options.Elsewhere
	header    http.Header
	query     url.Values
}

// own reports whether u is an address of the service itself.
func (a access) own(u *url.URL) bool { return u.Scheme == a.base.Scheme && u.Host == a.base.Host }

// checkPlace refuses an address that the service may not send us to.
func (a access) checkPlace(to *url.URL) error {
	switch {
	case a.own(to) && to.User == nil:
		return nil
	case !a.elsewhere || to.User != nil || to.Host == "" || to.Scheme != "https" && to.Scheme != "http":
		return fmt.Errorf("an address of another host (%s) is not followed: %w", to.Host, storage.ErrUnsupported)
	case a.base.Scheme == "https" && to.Scheme != "https":
		return fmt.Errorf("an address without encryption (%s) is not followed: %w", to.Host, storage.ErrUnsupported)
	case netloc.IsPublic(a.base.Hostname()) && !netloc.IsPublic(to.Hostname()):
		return fmt.Errorf("an address in the local network (%s) is not followed: %w", to.Host, storage.ErrUnsupported)
	}
	return nil
}

// withQuery adds the credentials to the query of a request.
func (a access) withQuery(q url.Values) url.Values {
	all := url.Values{}
	maps.Copy(all, q)
	maps.Copy(all, a.query)
	return all
}

// redact removes the credentials from text. A key of up to three characters is
// none, and would take ordinary words with it.
func (a access) redact(text string) string {
	for _, s := range a.secrets() {
		if len(s) > 3 {
			text = strings.ReplaceAll(text, s, "[redacted]")
		}
	}
	return text
}

// secrets lists the credentials in the forms in which they are sent, the longest
// first.
func (a access) secrets() []string {
	var list []string
	for _, values := range a.header {
		for _, v := range values {
			list = append(list, v)
			if _, token, ok := strings.Cut(v, " "); ok { // "Bearer …", "Basic …"
				list = append(list, token)
			}
		}
	}
	for _, values := range a.query {
		for _, v := range values {
			list = append(list, v, url.QueryEscape(v))
		}
	}
	slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) })
	return list
}

// checkRedirect follows redirects to the same host and its subdomains only
// (gateways use one per CID): a gateway must not make us send requests to other
// hosts, least of all to this machine. A subdomain gets no credentials, and
// nobody gets the address we come from, which may hold one.
func (a access) checkRedirect(req *http.Request, via []*http.Request) error {
	if a.elsewhere {
		return a.followElsewhere(req, via)
	}
	from, to := via[0].URL, req.URL
	_, notIP := netip.ParseAddr(from.Hostname())
	sub := strings.HasSuffix(to.Host, "."+from.Host) && notIP != nil
	switch {
	case len(via) > 3:
		return fmt.Errorf("too many redirects: %w", storage.ErrUnsupported)
	case to.Host != from.Host && !sub || from.Scheme == "https" && to.Scheme != "https" || to.User != nil:
		return fmt.Errorf("redirect to another host (%s) is not followed: %w", to.Host, storage.ErrUnsupported)
	}
	req.Header.Del("Referer")
	for name := range a.header {
		if sub {
			delete(req.Header, name)
		}
	}
	return nil
}

// followElsewhere follows redirects to where a service keeps its content. Whatever
// comes after another host gets no credentials, were it the service again.
func (a access) followElsewhere(req *http.Request, via []*http.Request) error {
	if len(via) > 5 {
		return fmt.Errorf("too many redirects: %w", storage.ErrUnsupported)
	}
	req.Header.Del("Referer")
	for _, r := range append(via[1:len(via):len(via)], req) {
		if err := a.checkPlace(r.URL); err != nil {
			return err
		}
		if a.own(r.URL) && a.own(via[0].URL) {
			continue
		}
		for name := range a.header {
			delete(req.Header, name)
		}
	}
	return nil
}
