package hubtest

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
)

// Hub is a running hub. Set changes the fields, before the first request.
type Hub struct {
	API     *httptest.Server // the endpoint
	Storage *httptest.Server // where large files lie

	PageSize int   // entries of a page of a listing; default 1,000
	Large    int64 // size in bytes from which every file goes into the large file storage; default 10 MB
	PartSize int64 // files of more bytes are uploaded in parts of so many; default: none

	mu      sync.Mutex
	first   Interceptor
	tokens  map[string]bool // whether they may write
	repos   map[string]*repo
	objects map[string][]byte         // large files by SHA-256
	parts   map[string]map[int][]byte // of uploads that are not complete
	log     []string
	leaked  int
}

type repo struct {
	private, gated bool
	commits        map[string]*commit
	refs           map[string]string // branches and tags: commits
}

type commit struct {
	oid   string
	files map[string]blob
}

// blob is a file: its content, or, if large, the SHA-256 of it.
type blob struct {
	data  []byte
	large string
	size  int64
}

// Interceptor sees a request before the hub does, with whether it is to Storage, and
// returns true if it has answered it. It is called for several requests at once.
type Interceptor func(w http.ResponseWriter, r *http.Request, storage bool) bool

// Intercept sets who sees requests first; nil for nobody.
func (h *Hub) Intercept(first Interceptor) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.first = first
}

// Set changes the fields. Requests see it, those of other processes too.
func (h *Hub) Set(change func(*Hub)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change(h)
}

// Start starts a hub without data sets. Close it when done.
func Start() *Hub {
	h := &Hub{PageSize: 1000, Large: 10_000_000, tokens: map[string]bool{}, repos: map[string]*repo{}, objects: map[string][]byte{}, parts: map[string]map[int][]byte{}}
	h.API = httptest.NewServer(h.handler(h.apiMux(), false))
	h.Storage = httptest.NewServer(h.handler(h.storageMux(), true))
	return h
}

// Close stops the hub.
func (h *Hub) Close() {
	h.API.Close()
	h.Storage.Close()
}

func (h *Hub) handler(next http.Handler, storage bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.log = append(h.log, r.Method+" "+r.URL.Path)
		if storage && r.Header.Get("Authorization") != "" {
			h.leaked++
		}
		first := h.first
		h.mu.Unlock()
		if first == nil || !first(w, r, storage) {
			next.ServeHTTP(w, r)
		}
	})
}

// AddToken lets whoever has the token read every data set, and write if it may.
func (h *Hub) AddToken(token string, write bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tokens[token] = write
}

// Requests lists the requests so far, as "GET /path", and forgets them.
func (h *Hub) Requests() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	log := h.log
	h.log = nil
	return log
}

// Leaked returns how many requests brought credentials to where they do not belong.
func (h *Hub) Leaked() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.leaked
}

// Gate closes a data set to whoever has not accepted its terms, which nobody has.
func (h *Hub) Gate(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.repos[name].gated = true
}

// Put makes files the whole content of a data set, which it creates if needed, with
// the hub's own file beside them, and returns the commit.
func (h *Hub) Put(name string, private bool, files map[string][]byte) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.repos[name]
	if r == nil {
		r = h.create(name, private)
	}
	blobs := map[string]blob{attributes: r.head().files[attributes]}
	for path, data := range files {
		blobs[path] = h.store(path, data)
	}
	return r.commit(blobs)
}

// Commits returns the number of a data set's commits, 0 if it does not exist.
func (h *Hub) Commits(name string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r := h.repos[name]; r != nil {
		return len(r.commits)
	}
	return 0
}

// Files returns the files of a revision: a commit, a tag or a branch.
func (h *Hub) Files(name, revision string) map[string][]byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	files := map[string][]byte{}
	c, ok := h.repos[name].find(revision)
	if !ok {
		return nil
	}
	for path, b := range c.files {
		files[path] = h.content(b)
	}
	return files
}

const (
	attributes = ".gitattributes"
	branch     = "main"
)

func (h *Hub) create(name string, private bool) *repo {
	r := &repo{private: private, commits: map[string]*commit{}, refs: map[string]string{}}
	text := []byte("*.parquet filter=lfs diff=lfs merge=lfs -text\n")
	r.commit(map[string]blob{attributes: {data: text, size: int64(len(text))}})
	h.repos[name] = r
	return r
}

func (r *repo) head() *commit { return r.commits[r.refs[branch]] }

func (r *repo) find(revision string) (*commit, bool) {
	if oid, ok := r.refs[revision]; ok {
		revision = oid
	}
	c, ok := r.commits[revision]
	return c, ok
}

// commit adds a commit, named as in git after what it holds and came from.
func (r *repo) commit(files map[string]blob) string {
	text := fmt.Sprintln(len(r.commits), r.refs[branch])
	for _, path := range slices.Sorted(maps.Keys(files)) {
		text += fmt.Sprintln(path, files[path].oid())
	}
	sum := sha1.Sum([]byte(text))
	oid := hex.EncodeToString(sum[:])
	r.commits[oid], r.refs[branch] = &commit{oid, files}, oid
	return oid
}

func (h *Hub) store(path string, data []byte) blob {
	if len(data) == 0 || !h.isLarge(path, data, int64(len(data))) {
		return blob{data: data, size: int64(len(data))}
	}
	sum := sha256.Sum256(data)
	oid := hex.EncodeToString(sum[:])
	h.objects[oid] = data
	return blob{large: oid, size: int64(len(data))}
}

func (h *Hub) content(b blob) []byte {
	if b.large != "" {
		return h.objects[b.large]
	}
	return b.data
}

// oid is git's name of the blob, or of the pointer to a large file.
func (b blob) oid() string {
	data := b.data
	if b.large != "" {
		data = fmt.Appendf(nil, "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n", b.large, b.size)
	}
	sum := sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(data)), data...))
	return hex.EncodeToString(sum[:])
}
