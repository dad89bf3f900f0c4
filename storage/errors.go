package storage

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ipfs/go-cid"
)

// Errors that callers branch on. Errors of this package and its drivers wrap
// one of these if one applies; test with errors.Is.
var (
	// ErrNotFound: none of the sources has the content.
	ErrNotFound = errors.New("not found")
	// ErrCorrupt: bytes do not match their CID, or verified bytes are not
	// well-formed UnixFS.
	ErrCorrupt = errors.New("corrupt")
	// ErrIncomplete: a source ended, stalled or lost a block before the whole
	// content had arrived. What did arrive is kept; fetching again resumes.
	ErrIncomplete = errors.New("incomplete")
	// ErrUnauthorized: a service refused the credentials.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrRateLimited: a service asked to slow down, see [Error.RetryAfter].
	ErrRateLimited = errors.New("rate limited")
	// ErrTooLarge: the content exceeds a limit of [Config].
	ErrTooLarge = errors.New("too large")
	// ErrNoRoom: the content does not fit into [Config.CacheBytes] beside what
	// is pinned or in use. It says nothing about the content.
	ErrNoRoom = errors.New("no room in the cache")
	// ErrDisk: the store's own disk is full or failed. It says nothing about the
	// content, nor about a source.
	ErrDisk = errors.New("the store's disk")
	// ErrNotHeld: a service has not said that it holds the content, which others
	// have, too: that it can be read back proves nothing about the service.
	ErrNotHeld = errors.New("the service has not confirmed that it holds the content")
	// ErrNoPusher: the store publishes nowhere, since [Config].Pushers is empty.
	ErrNoPusher = errors.New("no pusher is configured, set Config.Pushers")
	// ErrUnsafeName: a directory entry that must not be written to a disk: a
	// symlink, "..", a separator, a reserved or a colliding name.
	ErrUnsafeName = errors.New("unsafe name")
	// ErrCIDMismatch: a service or a stream names another CID than the one we
	// asked for or computed.
	ErrCIDMismatch = errors.New("CID mismatch")
	// ErrUnsupported: a CID, hash, codec or node type this package does not
	// read (it reads sha2-256 and identity over dag-pb and raw, that is every
	// UnixFS profile in common use).
	ErrUnsupported = errors.New("unsupported")
)

// isSentinel reports whether err wraps one of the errors above.
func isSentinel(err error) bool {
	for _, s := range []error{ErrNotFound, ErrCorrupt, ErrIncomplete, ErrUnauthorized, ErrRateLimited, ErrTooLarge, ErrNoRoom, ErrDisk, ErrNotHeld, ErrNoPusher, ErrUnsafeName, ErrCIDMismatch, ErrUnsupported} {
		if errors.Is(err, s) {
			return true
		}
	}
	return false
}

// Error says what failed, where, and for which content. Find it with errors.As;
// it wraps the cause.
type Error struct {
	Backend    string        // the source or target, for example "local" or "cardir:/srv/cars"
	Op         string        // "add", "fetch", "push", "verify", "extract", "import", "export"
	CID        cid.Cid       // the root of the content; Undef if it is not known yet
	Status     int           // HTTP status of the answer, 0 if there was none
	RetryAfter time.Duration // how long the service asked to wait, 0 if it did not say
	Err        error         // the cause; wraps one of the errors above if one applies
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("storage: ")
	b.WriteString(e.Op)
	if e.CID.Defined() {
		b.WriteString(" " + e.CID.String())
	}
	if e.Backend != "" {
		b.WriteString(" (" + e.Backend + ")")
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, ": HTTP %d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, " (retry after %s)", e.RetryAfter)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// wrap adds operation, back end and root to err unless it already is an
// *Error about root; nil stays nil. An *Error about a block below root keeps
// its place in the chain.
func wrap(op, backend string, root cid.Cid, err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if !errors.As(err, &e) {
		return &Error{Backend: backend, Op: op, CID: root, Err: err}
	}
	if !root.Defined() || e.CID == root {
		return err
	}
	return &Error{Backend: backend, Op: op, CID: root, Status: e.Status, RetryAfter: e.RetryAfter, Err: err}
}
