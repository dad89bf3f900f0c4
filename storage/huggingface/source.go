package huggingface

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/decloud-sdk/decloud-go/storage"
)

// Source names an immutable revision of a data set.
type Source struct {
	Repo     string // "owner/name", as in the address of its page
	Revision string // the commit: 40 hexadecimal digits
}

// String is the source as it is put on a chain: "hf:owner/name@<commit>".
func (s Source) String() string { return scheme + s.Repo + "@" + s.Revision }

const (
	scheme      = "hf:"
	kind        = "datasets/"
	maxRepo     = 96 // the hub's limit for a repository with its owner, in bytes
	maxRevision = 40
)

var (
	repoPart = regexp.MustCompile(`^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$`)
	commit   = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// ParseSource parses a stranger's text: "hf:owner/name@<commit>", also with
// "datasets/" before the owner or without "hf:". A branch or a tag in place of the
// commit is refused, since its content can change. Errors wrap
// [storage.ErrUnsupported].
func ParseSource(text string) (Source, error) {
	bad := func(why string) (Source, error) {
		return Source{}, fmt.Errorf("huggingface: source %q: %s: write hf:owner/name@ and the 40 hexadecimal digits of a commit: %w", clip(text), why, storage.ErrUnsupported)
	}
	if len(text) > len(scheme)+len(kind)+maxRepo+1+maxRevision {
		return bad("too long")
	}
	repo, revision, ok := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(text, scheme), kind), "@")
	if !ok {
		return bad("no commit")
	}
	if !commit.MatchString(revision) {
		return bad("not a commit")
	}
	if err := checkRepo(repo); err != nil {
		return bad(err.Error())
	}
	return Source{repo, revision}, nil
}

// checkRepo applies the hub's rules for names. A data set without an owner is one of
// the hub's own, of the early days.
func checkRepo(repo string) error {
	parts := strings.Split(repo, "/")
	if len(parts) > 2 || len(repo) > maxRepo {
		return fmt.Errorf("%q is not the owner and the name of a data set", clip(repo))
	}
	for _, p := range parts {
		if !repoPart.MatchString(p) || strings.Contains(p, "--") || strings.Contains(p, "..") || strings.HasSuffix(p, ".git") {
			return fmt.Errorf("%q is not the owner and the name of a data set", clip(repo))
		}
	}
	return nil
}

// clip shortens a stranger's text for an error.
func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}
