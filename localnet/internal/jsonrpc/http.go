package jsonrpc

import (
	"errors"
	"io"
	"mime"
	"net/http"
)

// HTTP serves a Dispatcher to POST requests, and "ok" at GET /health.
type HTTP struct {
	Dispatcher *Dispatcher
	MaxBody    int64 // largest request body, bytes
}

// ServeHTTP answers JSON-RPC errors with status 200, as Solana's nodes do.
// Status 405, 413 and 415 are for requests that are not JSON-RPC at all. The
// content type is required, so that no web page can post here without a CORS
// preflight.
func (h HTTP) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.Path == "/health" {
		_, _ = io.WriteString(w, "ok")
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "Used HTTP Method is not allowed. POST is required", http.StatusMethodNotAllowed)
		return
	}
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		http.Error(w, "Supplied content type is not allowed. Content-Type: application/json is required", http.StatusUnsupportedMediaType)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.MaxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		http.Error(w, "request body is larger than this server accepts", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		http.Error(w, "request body could not be read", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(h.Dispatcher.Serve(r.Context(), body))
}
