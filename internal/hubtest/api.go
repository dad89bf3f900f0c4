package hubtest

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (h *Hub) apiMux() *http.ServeMux {
	mux := http.NewServeMux()
	handle := func(pattern string, change bool, f func(w http.ResponseWriter, r *http.Request, in *repo) *refusal) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			h.mu.Lock()
			defer h.mu.Unlock()
			in, bad := h.open(r, change)
			if bad == nil {
				bad = f(w, r, in)
			}
			if bad != nil {
				bad.write(w)
			}
		})
	}
	mux.HandleFunc("POST /api/repos/create", h.createRepo)
	mux.HandleFunc("POST /api/validate-yaml", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"errors": []string{}, "warnings": []string{}})
	})
	handle("GET /api/datasets/{owner}/{name}", false, h.info)
	handle("GET /api/datasets/{owner}/{name}/revision/{revision}", false, h.info)
	handle("GET /api/datasets/{owner}/{name}/tree/{revision}", false, h.tree)
	handle("POST /api/datasets/{owner}/{name}/preupload/{revision}", true, h.preupload)
	handle("POST /api/datasets/{owner}/{name}/commit/{revision}", true, h.commit)
	handle("POST /api/datasets/{owner}/{name}/tag/{revision}", true, h.tag)
	handle("GET /datasets/{owner}/{name}/resolve/{revision}/{path...}", false, h.resolve) // HEAD too
	mux.HandleFunc("POST /datasets/{owner}/{git}/info/lfs/objects/batch", func(w http.ResponseWriter, r *http.Request) {
		r.SetPathValue("name", strings.TrimSuffix(r.PathValue("git"), ".git"))
		h.batch(w, r)
	})
	mux.HandleFunc("POST /api/complete/{oid}", h.complete)
	mux.HandleFunc("POST /api/verify/{oid}", h.verify)
	return mux
}

func (h *Hub) createRepo(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var in struct {
		Name, Organization, Type, Visibility string
		Private                              bool
	}
	known, write, bad := h.who(r)
	name := ""
	switch err := json.NewDecoder(r.Body).Decode(&in); {
	case bad != nil:
	case !known:
		bad = &anonymous
	case !write:
		bad = &readOnly
	case err != nil || in.Type != "dataset" || in.Name == "" || in.Organization == "":
		bad = &refusal{http.StatusBadRequest, "", "want a data set's name and organization"}
	default:
		name = in.Organization + "/" + in.Name
	}
	if bad != nil {
		bad.write(w)
		return
	}
	url := h.API.URL + "/datasets/" + name
	if h.repos[name] != nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusConflict)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "You already created this dataset repo", "url": url})
		return
	}
	h.create(name, in.Private || in.Visibility == "private")
	reply(w, map[string]string{"url": url, "name": name, "id": "1"})
}

func (h *Hub) info(w http.ResponseWriter, r *http.Request, in *repo) *refusal {
	revision := r.PathValue("revision")
	if revision == "" {
		revision = branch
	}
	c, ok := in.find(revision)
	if !ok {
		return &noRevision
	}
	siblings := []map[string]string{}
	for _, p := range slices.Sorted(maps.Keys(c.files)) {
		siblings = append(siblings, map[string]string{"rfilename": p})
	}
	id := r.PathValue("owner") + "/" + r.PathValue("name")
	reply(w, map[string]any{"_id": "1", "id": id, "author": r.PathValue("owner"), "sha": c.oid, "private": in.private, "gated": in.gated, "disabled": false,
		"lastModified": time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), "tags": []string{}, "downloads": 0, "likes": 0, "siblings": siblings})
	return nil
}

// tree lists files and directories by path, in pages.
func (h *Hub) tree(w http.ResponseWriter, r *http.Request, in *repo) *refusal {
	c, ok := in.find(r.PathValue("revision"))
	if !ok {
		return &noRevision
	}
	if r.URL.Query().Get("recursive") != "true" && r.URL.Query().Get("recursive") != "True" {
		return &refusal{http.StatusBadRequest, "", "this hub lists recursively only"}
	}
	entries := map[string]any{}
	for p, b := range c.files {
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			entries[dir] = map[string]any{"type": "directory", "oid": strings.Repeat("0", 40), "size": 0, "path": dir}
		}
		entry := map[string]any{"type": "file", "oid": b.oid(), "size": b.size, "path": p}
		if b.large != "" {
			entry["lfs"] = map[string]any{"oid": b.large, "size": b.size, "pointerSize": 130}
		}
		entries[p] = entry
	}
	paths := slices.Sorted(maps.Keys(entries))
	from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
	to := min(from+h.PageSize, len(paths))
	if to < len(paths) {
		q := r.URL.Query()
		q.Set("cursor", strconv.Itoa(to))
		w.Header().Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, h.API.URL, r.URL.EscapedPath(), q.Encode()))
	}
	page := []any{}
	for _, p := range paths[min(from, to):to] {
		page = append(page, entries[p])
	}
	reply(w, page)
	return nil
}

// largeTypes are endings of files that the hub keeps in the large file storage: of empty
// ones, too, it says so, and leaves it to the client to know that the storage takes none.
var largeTypes = []string{".parquet", ".npz", ".npy", ".png", ".jpg", ".bin", ".safetensors", ".wav"}

func (h *Hub) isLarge(name string, sample []byte, size int64) bool {
	return size > h.Large || slices.Contains(largeTypes, path.Ext(name)) || bytes.IndexByte(sample, 0) >= 0
}

func (h *Hub) preupload(w http.ResponseWriter, r *http.Request, in *repo) *refusal {
	var files struct {
		Files []struct {
			Path   string
			Sample []byte
			Size   int64
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&files); err != nil || len(files.Files) > 256 {
		return &refusal{http.StatusBadRequest, "", "want at most 256 files"}
	}
	list := []any{}
	for _, f := range files.Files {
		answer := map[string]any{"path": f.Path, "uploadMode": "regular", "shouldIgnore": false}
		if h.isLarge(f.Path, f.Sample, f.Size) {
			answer["uploadMode"] = "lfs"
		}
		if b, ok := in.head().files[f.Path]; ok {
			answer["oid"] = b.oid()
			if b.large != "" {
				answer["oid"] = b.large
			}
		}
		list = append(list, answer)
	}
	reply(w, map[string]any{"files": list})
	return nil
}

// line is a line of a commit.
type line struct {
	Key   string
	Value struct {
		Summary, ParentCommit   string
		Path, Content, Encoding string
		Algo, OID               string
		Size                    int64
	}
}

func (h *Hub) commit(w http.ResponseWriter, r *http.Request, in *repo) *refusal {
	if r.PathValue("revision") != branch || r.Header.Get("Content-Type") != "application/x-ndjson" {
		return &refusal{http.StatusBadRequest, "", "want NDJSON for main"}
	}
	files := maps.Clone(in.head().files)
	lines := bufio.NewReader(r.Body)
	for number := 0; ; number++ {
		text, err := lines.ReadBytes('\n')
		if err != nil && (number == 0 || !errors.Is(err, io.EOF)) {
			return &refusal{http.StatusBadRequest, "", "the commit is cut off"}
		}
		if err != nil && len(bytes.TrimSpace(text)) == 0 {
			break
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil || (l.Key == "header") != (number == 0) {
			return &refusal{http.StatusBadRequest, "", fmt.Sprintf("line %d is not what it should be", number+1)}
		}
		if bad := h.apply(in, files, l); bad != nil {
			return bad
		}
	}
	oid := in.commit(files)
	reply(w, map[string]any{"success": true, "commitOid": oid, "commitUrl": h.API.URL + "/datasets/" + r.PathValue("owner") + "/" + r.PathValue("name") + "/commit/" + oid, "hookOutput": ""})
	return nil
}

func (h *Hub) apply(in *repo, files map[string]blob, l line) *refusal {
	v := l.Value
	switch l.Key {
	case "header":
		if v.Summary == "" {
			return &refusal{http.StatusBadRequest, "", "a commit needs a summary"}
		}
		if v.ParentCommit != "" && v.ParentCommit != in.refs[branch] {
			return &refusal{http.StatusPreconditionFailed, "", "A commit has happened since. Please refresh and try again."}
		}
	case "file":
		data, err := base64.StdEncoding.DecodeString(v.Content)
		if err != nil || v.Encoding != "base64" || len(data) > 0 && h.isLarge(v.Path, data[:min(512, len(data))], int64(len(data))) {
			return &refusal{http.StatusBadRequest, "", "not a file for git: " + v.Path}
		}
		files[v.Path] = blob{data: data, size: int64(len(data))}
	case "lfsFile":
		if data, ok := h.objects[v.OID]; !ok || v.Size == 0 || v.Algo != "sha256" || int64(len(data)) != v.Size {
			return &refusal{http.StatusBadRequest, "", "LFS pointer pointed to a file that does not exist: " + v.Path}
		}
		files[v.Path] = blob{large: v.OID, size: v.Size}
	case "deletedFile":
		if _, ok := files[v.Path]; !ok {
			return &refusal{http.StatusBadRequest, "", "nothing to delete: " + v.Path}
		}
		delete(files, v.Path)
	case "deletedFolder":
		maps.DeleteFunc(files, func(p string, _ blob) bool { return strings.HasPrefix(p, strings.TrimSuffix(v.Path, "/")+"/") })
	default:
		return &refusal{http.StatusBadRequest, "", "unknown key " + l.Key}
	}
	return nil
}

func (h *Hub) tag(w http.ResponseWriter, r *http.Request, in *repo) *refusal {
	var body struct{ Tag string }
	c, ok := in.find(r.PathValue("revision"))
	if !ok {
		return &noRevision
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Tag == "" {
		return &refusal{http.StatusBadRequest, "", "want a tag"}
	}
	if _, again := in.refs[body.Tag]; again {
		return &refusal{http.StatusConflict, "", "Reference already exists"}
	}
	in.refs[body.Tag] = c.oid
	reply(w, map[string]any{})
	return nil
}

// resolve serves a file, or the address of a large one.
func (h *Hub) resolve(w http.ResponseWriter, r *http.Request, in *repo) *refusal {
	c, ok := in.find(r.PathValue("revision"))
	if !ok {
		return &noRevision
	}
	w.Header().Set("X-Repo-Commit", c.oid)
	b, ok := c.files[r.PathValue("path")]
	if !ok {
		return &noEntry
	}
	w.Header().Set("ETag", strconv.Quote(b.oid()))
	if b.large == "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		h.mu.Unlock() // whoever reads slowly holds up nobody
		defer h.mu.Lock()
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b.data))
		return nil
	}
	w.Header().Set("X-Linked-ETag", strconv.Quote(b.large))
	w.Header().Set("X-Linked-Size", strconv.FormatInt(b.size, 10))
	w.Header().Set("Location", h.Storage.URL+"/objects/"+b.large+"?signature=of-the-hub")
	w.WriteHeader(http.StatusFound)
	return nil
}
