package chain

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
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
