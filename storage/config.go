package storage

import (
	"context"
	"io"
	"time"

	"github.com/ipfs/go-cid"
)

// Fetcher is a source of content: it opens an untrusted CAR stream (version 1
// or 2) that should hold every block of root, or returns ErrNotFound. The store
// verifies the stream; a driver need not, and must not read ahead without
// bound. ctx also governs reading the stream. If a driver has a String method,
// errors name it by that.
type Fetcher interface {
	Fetch(ctx context.Context, root cid.Cid) (io.ReadCloser, error)
}

// Pusher is a place to publish content: it takes a stream of CAR version 1 with
// every block of root, and returns once the place has accepted it.
type Pusher interface {
	Push(ctx context.Context, root cid.Cid, car io.Reader) (Receipt, error)
}

// Receipt describes what a back end has accepted.
type Receipt struct {
	Backend string        // name of the driver
	CID     cid.Cid       // the root, as the back end names it
	ID      string        // the back end's own id of the upload, if it has one
	Bytes   int64         // bytes sent
	Took    time.Duration // how long the push took; set by the store

	// VerifiedBy names the source from which the store has read the whole
	// content back after the push; empty only with [Config.NoFetchBack]. A driver
	// that has itself compared all that the back end holds with what it was given
	// sets it, and the store does not read that a second time.
	VerifiedBy string
	// Pending: the back end has accepted the content, but not said yet that it holds
	// it: until then only the source named above is known to.
	Pending bool
}

// String says where the content is, and how far that was checked.
func (r Receipt) String() string {
	at := r.Backend
	if r.Pending {
		at += ", which has accepted it but does not say yet that it has it"
	}
	switch r.VerifiedBy {
	case "":
		return at + ", not read back: nobody has checked that others can fetch it"
	case r.Backend:
		return at + ", read back from there; no other source was asked"
	}
	return at + ", read back from " + r.VerifiedBy
}

// Config configures a [Store]. The zero value of every field but Dir is useful.
type Config struct {
	// Dir is the directory of the local store; it is created if missing. Use
	// one directory per role: a store may delete content that other stores
	// need.
	Dir string
	// Fetchers are asked when content is not in Dir. None: local only.
	Fetchers []Fetcher
	// Pushers receive what is published, all at once. None: Push fails.
	Pushers []Pusher
	// Files lists the paths that your packages may contain, for sources that
	// serve plain files only (see [FileFetcher]); paths that are not found are
	// skipped. Default none: such sources cannot be used.
	Files []string
	// Parallel is how many sources race at the start of a fetch. Default 3.
	// MinRate says when more are added.
	Parallel int
	// Retry says how failed operations on back ends are retried.
	Retry Retry
	// NoFetchBack makes Push trust a back end that says it has stored the
	// content. Default false: Push reads it back and verifies it.
	NoFetchBack bool
	// FetchBackWait is how long Push waits for published content to become
	// retrievable; services may import asynchronously. Default 2 minutes.
	FetchBackWait time.Duration
	// CacheBytes is the most that the store keeps on disk, in bytes of blocks:
	// above it the least recently used content is dropped, whatever fetches are
	// under way. Content that is pinned (see [Store.Pin]) or in use is never
	// dropped; a package is in use until its file system is closed or
	// garbage-collected (see [Store.Fetch]). If that leaves no room, a fetch or
	// an import is refused (ErrNoRoom), and only [Store.Add] may exceed the
	// limit. If several processes use Dir, each should have the same limit, and
	// what one of them has in use another may drop if the rest is not enough:
	// reading it then fails with ErrNotFound, and fetching it again mends that.
	// Default [DefaultCacheBytes], 16 GiB. Negative: never drop.
	CacheBytes int64
	// MemoryBytes is the most that the store keeps in memory of what it is asked to
	// keep there ([KeepInMemory], [AddInMemory]), in bytes of blocks; more goes to the
	// disk. Default [DefaultMemoryBytes], 64 MiB. Negative: all of it goes to the disk.
	MemoryBytes int64
	// NoSync lets Add, Pin and Extract return before their writes have reached
	// the disk. Default false: the results survive a loss of power. Fetch never
	// waits for the disk: every read is hashed, and a block that was lost is
	// fetched again.
	NoSync bool
	// Profile says how Add splits files into blocks. Default [Default]. The CID
	// depends on it, so change it only for a reason.
	Profile Profile
	// MaxBytes is the most file content one directory may hold, expanded.
	// Default 2 GiB.
	MaxBytes int64
	// MaxNodes is the most files, directories and blocks of files that one
	// directory may have, expanded. It bounds memory, some 150 bytes each.
	// Default 131,072, that is 32 GiB in blocks of 256 KiB.
	MaxNodes int
	// MaxDepth is the most links from a root to a leaf. Default 64.
	MaxDepth int
	// StallTimeout is how long a source may take for one block (at most 2 MiB)
	// before the store gives it up; a service has ten times as long to answer
	// an upload. There is no deadline for the whole operation: use ctx. Default
	// 30 s.
	StallTimeout time.Duration
	// MinRate is the expected speed of a fetch in bytes per second. If no
	// source in use reaches it for some seconds, waiting sources are added, and
	// the fastest continues. No source is given up for being slow. Default 128
	// KiB/s, which is faster than a source that delivers each block just before
	// the default StallTimeout. Negative: never add sources.
	MinRate int64
	// OnProgress, if set, is called as bytes are packed, fetched or sent. It
	// may be called from several goroutines at once and must not block. If it
	// or a driver panics, the operation fails with a [PanicError].
	OnProgress func(Progress)
}

// Progress is one step of an operation.
type Progress struct {
	Op      string  // "add", "fetch" or "push"
	Backend string  // the driver's name, "local" for packing
	CID     cid.Cid // the root; Undef while packing
	Bytes   int64   // bytes done so far by this back end
}

func (c Config) withDefaults() Config {
	if c.StallTimeout <= 0 {
		c.StallTimeout = 30 * time.Second
	}
	if c.MinRate == 0 {
		c.MinRate = 128 << 10
	}
	if c.Parallel <= 0 {
		c.Parallel = 3
	}
	if c.FetchBackWait <= 0 {
		c.FetchBackWait = 2 * time.Minute
	}
	if c.CacheBytes == 0 {
		c.CacheBytes = DefaultCacheBytes
	}
	if c.MemoryBytes == 0 {
		c.MemoryBytes = DefaultMemoryBytes
	}
	if c.OnProgress == nil {
		c.OnProgress = func(Progress) {}
	}
	c.Retry = c.Retry.withDefaults()
	return c
}
