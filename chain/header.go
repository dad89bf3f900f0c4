package chain

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
)

// Header holds HTTP headers for a node, such as those that a provider authorizes by.
// However it is printed, logged or marshalled, only the number of headers shows. The
// zero value has none.
type Header struct{ hidden *hiddenHeader }

// hiddenHeader keeps the headers in a closure, as hidden does a key.
type hiddenHeader struct{ header func() http.Header }

// NewHeader makes a Header of a copy of h.
func NewHeader(h http.Header) Header {
	own := h.Clone()
	return Header{&hiddenHeader{func() http.Header { return own }}}
}

// ParseHeader reads headers as people write them: "Name: value", one a line. Its errors
// hold nothing of the text.
func ParseHeader(text string) (Header, error) {
	h := http.Header{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		if value = strings.TrimSpace(value); value == "" || !isToken(name) || !isPrintable(value) {
			return Header{}, fmt.Errorf("%w: header %d is not of the form Name: value", ErrArgument, number)
		}
		if name = http.CanonicalHeaderKey(name); slices.Contains(ownHeaders, name) || strings.HasPrefix(name, "Sec-Websocket-") {
			return Header{}, fmt.Errorf("%w: header %d is one that the client sets itself", ErrArgument, number)
		}
		h.Add(name, value)
	}
	if len(h) == 0 {
		return Header{}, nil
	}
	return NewHeader(h), nil
}

// ownHeaders are those that the protocol decides.
var ownHeaders = []string{"Host", "Accept", "Connection", "Upgrade", "Content-Length", "Content-Type", "Transfer-Encoding", "Accept-Encoding"}

// isToken reports whether a text may be a header's name.
func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

// isPrintable reports whether a text may be a header's value.
func isPrintable(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// IsZero reports whether there are no headers.
func (h Header) IsZero() bool { return len(h.header()) == 0 }

// header is nil where there is none. It is not to be changed.
func (h Header) header() http.Header {
	if h.hidden == nil {
		return nil
	}
	return h.hidden.header()
}

// String returns how many headers there are.
func (h Header) String() string { return fmt.Sprintf("Header(%d)", len(h.header())) }

// Format prints how many headers there are, whatever the verb.
func (h Header) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, h.String()) }

// GoString returns how many headers there are.
func (h Header) GoString() string { return h.String() }

// LogValue returns how many headers there are.
func (h Header) LogValue() slog.Value { return slog.StringValue(h.String()) }

// MarshalText returns how many headers there are.
func (h Header) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// GobEncode returns how many headers there are.
func (h Header) GobEncode() ([]byte, error) { return h.MarshalText() }
