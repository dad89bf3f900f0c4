package gateway

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/storage"
)

// Handler serves a store as a gateway: CAR (?format=car) and blocks
// (?format=raw) for programs that verify, files and listings for people. It
// answers GET and HEAD below /ipfs/. Use a store without fetchers, unless the
// gateway is meant to fetch whatever clients request.
func Handler(s *storage.Store) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /ipfs/{cid}", &handler{s})
	mux.Handle("GET /ipfs/{cid}/{path...}", &handler{s})
	return mux
}

type handler struct{ store *storage.Store }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	root, err := storage.ParseCID(r.PathValue("cid"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	sub := strings.TrimSuffix(r.PathValue("path"), "/")
	// nosniff: browsers must not guess types of strangers' files.
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	switch format(r) {
	case "":
		err = h.plain(w, r, root, sub)
	case "raw":
		err = h.raw(w, r, root, sub)
	case "car":
		err = h.car(w, r, root, sub)
	default:
		http.Error(w, "unknown format, want raw or car", http.StatusNotAcceptable)
	}
	if err == nil {
		return
	}
	code, text := status(err), err.Error()
	if code == http.StatusInternalServerError {
		text = "the store cannot be read" // err contains paths of this machine
	}
	http.Error(w, text, code)
}

func format(r *http.Request) string {
	if f := r.URL.Query().Get("format"); f != "" {
		return f
	}
	switch accept := r.Header.Get("Accept"); {
	case strings.Contains(accept, typeCAR):
		return "car"
	case strings.Contains(accept, typeRaw):
		return "raw"
	}
	return ""
}

func status(err error) int {
	switch {
	case errors.Is(err, storage.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return http.StatusNotFound
	case errors.Is(err, storage.ErrUnsupported), errors.Is(err, fs.ErrInvalid):
		return http.StatusBadRequest
	case errors.Is(err, storage.ErrTooLarge):
		return http.StatusGone
	}
	return http.StatusInternalServerError
}

func (h *handler) raw(w http.ResponseWriter, r *http.Request, c cid.Cid, sub string) error {
	if sub != "" {
		return fmt.Errorf("raw blocks are served by CID, without a path: %w", storage.ErrUnsupported)
	}
	data, err := h.store.Block(c)
	if err != nil {
		return err
	}
	immutable(w, c, ".raw")
	w.Header().Set("Content-Type", typeRaw)
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(data)))
	return nil
}

// car streams a CAR. It starts only if the root block exists; if a later block
// is missing it cuts the connection, so that no client mistakes the part for
// the whole.
func (h *handler) car(w http.ResponseWriter, r *http.Request, root cid.Cid, sub string) error {
	if sub != "" || r.URL.Query().Get("entity-bytes") != "" {
		return fmt.Errorf("CARs are served by CID, without a path: %w", storage.ErrUnsupported)
	}
	if _, err := h.store.Block(root); err != nil {
		return err
	}
	immutable(w, root, ".car")
	w.Header().Set("Content-Type", typeCAR+"; version=1; order=dfs; dups=n")
	if r.Method == http.MethodHead {
		return nil
	}
	if err := h.store.Export(r.Context(), root, w); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (h *handler) plain(w http.ResponseWriter, r *http.Request, root cid.Cid, sub string) error {
	fsys, err := h.store.Fetch(r.Context(), root, storage.VerifyOnRead()) // a request for a byte must not cost a hash of all
	if err != nil {
		return err
	}
	if c, ok := fsys.(io.Closer); ok {
		defer c.Close() // lets a store with a cache drop the package
	}
	name := path.Join(".", sub)
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	if fi.IsDir() {
		return list(w, r, fsys, root, name)
	}
	c, ok := fi.Sys().(cid.Cid)
	content, seeks := f.(io.ReadSeeker)
	if !ok || !seeks {
		return errors.New("the store's file has no CID or cannot seek")
	}
	immutable(w, c, "")
	w.Header().Set("Content-Security-Policy", "sandbox") // HTML of strangers must not run with our origin
	http.ServeContent(w, r, fi.Name(), time.Time{}, content)
	return nil
}

func immutable(w http.ResponseWriter, c cid.Cid, suffix string) {
	w.Header().Set("Etag", `"`+c.String()+suffix+`"`)
	w.Header().Set("Cache-Control", "public, max-age=29030400, immutable")
}

var listing = template.Must(template.New("").Parse(`<!DOCTYPE html>
<meta charset="utf-8"><title>{{.Root}}</title>
<h1>/ipfs/{{.Root}}{{if ne .Dir "."}}/{{.Dir}}{{end}}</h1>
<ul>{{range .Entries}}<li><a href="{{.Href}}">{{.Name}}</a>{{if not .Dir}} {{.Size}} bytes{{end}}</li>
{{end}}</ul>
`))

type listEntry struct {
	Name, Href string
	Size       int64
	Dir        bool
}

func list(w http.ResponseWriter, _ *http.Request, fsys fs.FS, root cid.Cid, dir string) error {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return err
	}
	rows := make([]listEntry, 0, len(entries))
	for _, e := range entries {
		fi, err := e.Info()
		if err != nil {
			return err
		}
		rows = append(rows, listEntry{Name: e.Name(), Href: (&url.URL{Path: "/ipfs/" + path.Join(root.String(), dir, e.Name())}).EscapedPath(), Size: fi.Size(), Dir: e.IsDir()})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	return listing.Execute(w, map[string]any{"Root": root.String(), "Dir": dir, "Entries": rows})
}
