package huggingface

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/internal/httpx"
)

// Newest returns the files of the newest commit on main and the [Source] that names that commit, as text. The
// files are listed here, without .gitattributes at the top, and each is fetched when it is opened, until ctx ends: a
// read fails with [storage.ErrCorrupt] where the hub sends more than it has listed, and with
// [storage.ErrIncomplete] where it sends less. It is what trainer.FromHub submits.
func (d *Dataset) Newest(ctx context.Context) (files fs.FS, source string, err error) {
	oid, err := d.newest(ctx)
	if err != nil {
		return nil, "", err
	}
	s := &snapshot{ctx: ctx, hub: d.hub, commit: oid, nodes: map[string]*node{".": {name: ".", dir: true}}}
	for e, err := range d.hub.files(ctx, "fetch", cid.Undef, oid) {
		if err == nil {
			err = s.add(e)
		}
		if err != nil {
			return nil, "", err
		}
	}
	return s, Source{d.hub.repo, oid}.String(), nil
}

// newest is the newest commit of a repository that is there.
func (d *Dataset) newest(ctx context.Context) (string, error) {
	resp, err := d.hub.c.Do(ctx, "fetch", cid.Undef, httpx.Request{Path: d.hub.api("revision", branch), Accept: typeJSON})
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var info repoInfo
	if err := decodeReply(resp.Body, &info); err != nil {
		return "", d.hub.c.Fail("fetch", cid.Undef, err)
	}
	if !commit.MatchString(info.SHA) {
		return "", d.hub.c.Fail("fetch", cid.Undef, fmt.Errorf("the hub names no commit: %w", storage.ErrUnsupported))
	}
	return info.SHA, nil
}

// snapshot is the tree of a commit. It holds a context as its files are opened by what knows of none.
type snapshot struct {
	ctx    context.Context
	hub    *hub
	commit string
	nodes  map[string]*node // by path
}

// node is a file or a directory.
type node struct {
	name    string
	dir     bool
	size    int64
	entries []fs.DirEntry
}

// add puts a file and the directories above it into the tree.
func (s *snapshot) add(e treeEntry) error {
	if !fs.ValidPath(e.Path) || e.Path == "." {
		return s.fail(fmt.Errorf("%q: %w", clip(e.Path), storage.ErrUnsafeName))
	}
	if s.nodes[e.Path] != nil {
		return s.fail(fmt.Errorf("%q is listed twice: %w", clip(e.Path), storage.ErrCorrupt))
	}
	s.nodes[e.Path] = &node{name: path.Base(e.Path), size: e.bytes()}
	for at := e.Path; at != "."; at = path.Dir(at) {
		above := s.nodes[path.Dir(at)]
		known := above != nil
		if !known {
			above = &node{name: path.Base(path.Dir(at)), dir: true}
			s.nodes[path.Dir(at)] = above
		}
		if !above.dir {
			return s.fail(fmt.Errorf("%q is a file, and a directory: %w", clip(path.Dir(at)), storage.ErrCorrupt))
		}
		above.entries = append(above.entries, fs.FileInfoToDirEntry(s.nodes[at]))
		if known {
			break
		}
	}
	return nil
}

func (s *snapshot) fail(err error) error { return s.hub.c.Fail("fetch", cid.Undef, err) }

func (s *snapshot) find(op, name string) (*node, error) {
	if n := s.nodes[name]; n != nil && fs.ValidPath(name) {
		return n, nil
	}
	return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

// Open implements [fs.FS].
func (s *snapshot) Open(name string) (fs.File, error) {
	n, err := s.find("open", name)
	if err != nil {
		return nil, err
	}
	if n.dir {
		list, err := s.ReadDir(name)
		return &openDir{node: n, rest: list}, err
	}
	return &openFile{node: n, left: n.size, fetch: func() (io.ReadCloser, error) {
		return s.hub.fetchFile(s.ctx, cid.Undef, s.commit, name, 0)
	}}, nil
}

// Stat implements [fs.StatFS].
func (s *snapshot) Stat(name string) (fs.FileInfo, error) {
	n, err := s.find("stat", name)
	if err != nil {
		return nil, err
	}
	return n, nil
}

// ReadDir implements [fs.ReadDirFS].
func (s *snapshot) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := s.find("readdir", name)
	if err == nil && !n.dir {
		err = &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	if err != nil {
		return nil, err
	}
	return slices.SortedFunc(slices.Values(n.entries), func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) }), nil
}

// A node is its own [fs.FileInfo].

func (n *node) Name() string       { return n.name }
func (n *node) Size() int64        { return n.size }
func (n *node) IsDir() bool        { return n.dir }
func (n *node) ModTime() time.Time { return time.Time{} }
func (n *node) Sys() any           { return nil }

func (n *node) Mode() fs.FileMode {
	if n.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// openDir is a directory that is read.
type openDir struct {
	*node
	rest []fs.DirEntry
}

// Stat implements [fs.File].
func (d *openDir) Stat() (fs.FileInfo, error) { return d.node, nil }

// Read implements [fs.File].
func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errors.New("it is a directory")}
}

// ReadDir implements [fs.ReadDirFile].
func (d *openDir) ReadDir(n int) (list []fs.DirEntry, err error) {
	if n <= 0 {
		n = len(d.rest)
	} else if len(d.rest) == 0 {
		return nil, io.EOF
	}
	list = d.rest[:min(n, len(d.rest))]
	d.rest = d.rest[len(list):]
	return list, nil
}

// Close implements [fs.File].
func (d *openDir) Close() error { return nil }

// openFile fetches a file when it is first read.
type openFile struct {
	*node
	fetch func() (io.ReadCloser, error)
	body  io.ReadCloser
	left  int64
	err   error
}

// Stat implements [fs.File].
func (f *openFile) Stat() (fs.FileInfo, error) { return f.node, nil }

// Read implements [fs.File].
func (f *openFile) Read(p []byte) (n int, err error) {
	switch {
	case f.err != nil:
		return 0, f.err
	case f.body == nil:
		if f.body, f.err = f.fetch(); f.err != nil {
			return 0, f.err
		}
	}
	n, err = f.body.Read(p)
	switch f.left -= int64(n); {
	case f.left < 0:
		err = fmt.Errorf("huggingface: %s has more bytes than are listed: %w", clip(f.name), storage.ErrCorrupt)
	case err != nil && f.left > 0:
		err = fmt.Errorf("huggingface: %s was cut off: %w: %w", clip(f.name), storage.ErrIncomplete, err)
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("huggingface: %s was cut off: %w", clip(f.name), storage.ErrIncomplete)
		}
	}
	f.err = err
	return n, err
}

// Close implements [fs.File].
func (f *openFile) Close() error {
	f.err = fs.ErrClosed
	if f.body == nil {
		return nil
	}
	return f.body.Close()
}
