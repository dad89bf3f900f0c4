package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/decloud-sdk/decloud-go/examples/explorer/view"
	"github.com/decloud-sdk/decloud-go/examples/explorer/web"
)

// patience is how long a reader waits for the node.
const patience = 30 * time.Second

// maxAddress is how many bytes the address of anything that there is to read has at most: names are texts of up to 160 characters, and a path has three.
const maxAddress = 1024

// Server serves the page.
type Server struct {
	reader *view.Reader
	shared cache
	live   *live
	mux    *http.ServeMux
}

// New makes a server over a reader. Run follows the chain for it.
func New(reader *view.Reader) *Server {
	s := &Server{reader: reader, live: newLive(), mux: http.NewServeMux()}
	s.mux.Handle("GET /", http.FileServerFS(web.Files))
	s.get("/api/", func(context.Context, *http.Request) (any, error) {
		return nil, fmt.Errorf("there is nothing to read at this address: %w", view.ErrUnknown) // JSON, as the page expects
	})
	s.mux.HandleFunc("GET /api/live", s.live.serve)
	s.get("/api/overview", func(ctx context.Context, r *http.Request) (any, error) {
		before, err := number(r.URL.Query().Get("before"))
		if err != nil {
			return nil, err
		}
		return s.reader.Overview(ctx, before)
	})
	s.get("/api/rounds/{id}", func(ctx context.Context, r *http.Request) (any, error) {
		id, err := number(r.PathValue("id"))
		if err != nil {
			return nil, err
		}
		return s.reader.Round(ctx, id)
	})
	s.get("/api/rounds/{id}/scores/{trainer}/{validator}", func(ctx context.Context, r *http.Request) (any, error) {
		id, err := number(r.PathValue("id"))
		if err != nil {
			return nil, err
		}
		return s.reader.Score(ctx, id, r.PathValue("trainer"), r.PathValue("validator"))
	})
	contest := func(ctx context.Context, r *http.Request) (any, error) {
		epoch, err := number(r.PathValue("epoch"))
		if err != nil {
			return nil, err
		}
		return s.reader.Contest(ctx, r.PathValue("creator"), r.PathValue("package"), epoch)
	}
	s.get("/api/contests/{creator}/{package}", contest)
	s.get("/api/contests/{creator}/{package}/{epoch}", contest)
	s.get("/api/runs/{id}", func(ctx context.Context, r *http.Request) (any, error) { return s.reader.Run(ctx, r.PathValue("id")) })
	s.get("/api/runs", func(ctx context.Context, r *http.Request) (any, error) { // a run may be named .., which no path can say
		return s.reader.Run(ctx, r.URL.Query().Get("id"))
	})
	s.get("/api/stakes", func(ctx context.Context, _ *http.Request) (any, error) { return s.reader.Stakes(ctx) })
	s.get("/api/accounts/{address}", func(ctx context.Context, r *http.Request) (any, error) {
		return s.reader.Account(ctx, r.PathValue("address"))
	})
	s.get("/api/trail/{address}", func(ctx context.Context, r *http.Request) (any, error) {
		return s.reader.Trail(ctx, r.PathValue("address"), r.URL.Query().Get("before"))
	})
	s.get("/api/transactions/{signature}", func(ctx context.Context, r *http.Request) (any, error) {
		return s.reader.Transaction(ctx, r.PathValue("signature"))
	})
	return s
}

// Run follows the chain until ctx ends, and tells open pages to read again when something changed, at least every so often.
func (s *Server) Run(ctx context.Context, every time.Duration) { s.live.run(ctx, s.reader, every) }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(3 * patience)) // who reads nothing of the answer is left
	switch {
	case !here(r.Host):
		http.Error(w, "this explorer answers to addresses and to localhost only", http.StatusForbidden)
		return
	case len(r.RequestURI) > maxAddress:
		http.Error(w, "nothing has an address of this length", http.StatusRequestURITooLong)
		return
	case !own(r):
		http.Error(w, "this explorer answers to its own page only: open its address", http.StatusForbidden)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// here reports whether a request names the server by its address: a name could be one that somebody else made lead here.
func here(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	return strings.EqualFold(name, "localhost") || net.ParseIP(name) != nil
}

// own reports whether a request is of this page or of the person at the browser, as the browser says: another page could not
// read the answers, but could have the node asked for everything, and hold all streams. Who is no browser says nothing.
func own(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return true
	}
	return r.Header.Get("Sec-Fetch-Mode") == "navigate" && !strings.HasPrefix(r.URL.Path, "/api/") // somebody followed a link
}

// get answers with JSON, and with 304 where the asker has the same already.
func (s *Server) get(pattern string, read func(context.Context, *http.Request) (any, error)) {
	s.mux.HandleFunc("GET "+pattern, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		asked := url.Values{"before": {q.Get("before")}, "id": {q.Get("id")}} // all that is read of a query: the rest makes no other answer
		a := s.shared.get(r.URL.EscapedPath()+"?"+asked.Encode(), func() answer {
			// Not the asker's context: others wait for the same answer.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), patience)
			defer cancel()
			return answerOf(read(ctx, r))
		})
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		if a.tag != "" {
			w.Header().Set("ETag", a.tag)
			if r.Header.Get("If-None-Match") == a.tag {
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body)
	})
}

// errBadRequest says that a request is malformed.
var errBadRequest = errors.New("a number is expected here, such as 42")

// number reads an id; 0 for none.
func number(text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || strconv.FormatUint(n, 10) != text { // 007 would be another key to the same answer
		return 0, errBadRequest
	}
	return n, nil
}

func answerOf(v any, err error) answer {
	a := answer{status: http.StatusOK}
	if err != nil {
		v = map[string]string{"error": view.Reason(err)}
		switch {
		case errors.Is(err, errBadRequest):
			a.status = http.StatusBadRequest
		case errors.Is(err, view.ErrUnknown):
			a.status = http.StatusNotFound
		case errors.Is(err, view.ErrBusy):
			a.status = http.StatusServiceUnavailable
		default:
			a.status = http.StatusBadGateway
		}
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(v); err != nil {
		return answer{status: http.StatusInternalServerError, body: []byte(`{"error":"the answer cannot be encoded"}`)}
	}
	a.body = b.Bytes()
	if a.status == http.StatusOK {
		sum := sha256.Sum256(a.body)
		a.tag = `"` + hex.EncodeToString(sum[:12]) + `"`
	}
	return a
}
