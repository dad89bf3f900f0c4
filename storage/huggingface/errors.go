package huggingface

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/decloud-sdk/decloud-go/storage"
)

// What the hub says, beyond the errors of package storage that these wrap, too. The
// [storage.Error] around them has the status and how long to wait.
var (
	// ErrRepoNotFound: there is no such data set, or it is private.
	ErrRepoNotFound = fmt.Errorf("there is no such data set, or it is private: check its name, and for a private one set HF_TOKEN to a token that may read it: %w", storage.ErrNotFound)
	// ErrRevisionNotFound: the data set has no such revision.
	ErrRevisionNotFound = fmt.Errorf("the data set has no such revision: check the commit; its history may have been rewritten: %w", storage.ErrNotFound)
	// ErrEntryNotFound: the revision has no such file.
	ErrEntryNotFound = fmt.Errorf("the revision has no such file: %w", storage.ErrNotFound)
	// ErrGated: the owner of the data set wants its terms accepted.
	ErrGated = fmt.Errorf("the data set is gated: accept its terms on its page on the hub, with the account of the token: %w", storage.ErrUnauthorized)
	// ErrOtherFiles: the repository has files that a push would delete.
	ErrOtherFiles = fmt.Errorf("the repository has files that the directory lacks, which is %w without Options.Replace", storage.ErrUnsupported)
)

var (
	errToken = fmt.Errorf("the hub does not know the token: make a new one at https://huggingface.co/settings/tokens and set HF_TOKEN to it: %w", storage.ErrUnauthorized)
	errRole  = fmt.Errorf("the token may not do this: make one at https://huggingface.co/settings/tokens that may write to this repository: %w", storage.ErrUnauthorized)
	errMoved = errors.New("somebody else has changed the repository meanwhile: push again")
)

// explain reads the headers in which the hub says what an error is.
func explain(resp *http.Response) (wait time.Duration, kind error) {
	if resp.StatusCode == http.StatusTooManyRequests {
		wait = rateLimit(resp.Header.Get("RateLimit"))
	}
	switch resp.Header.Get("X-Error-Code") {
	case "RepoNotFound":
		return wait, ErrRepoNotFound
	case "RevisionNotFound":
		return wait, ErrRevisionNotFound
	case "EntryNotFound":
		return wait, ErrEntryNotFound
	case "GatedRepo":
		return wait, ErrGated
	}
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		if resp.Request.Header.Get("Authorization") != "" {
			return wait, errToken
		}
		return wait, ErrRepoNotFound // the hub does not say which names exist
	case http.StatusForbidden:
		return wait, errRole
	case http.StatusPreconditionFailed:
		return wait, errMoved
	}
	return wait, nil
}

var rateLimitReset = regexp.MustCompile(`^"[a-z]+"\s*;\s*r\s*=\s*[0-9]{1,9}\s*;\s*t\s*=\s*([0-9]{1,6})\s*(?:[;,]|$)`)

// rateLimit returns how long the header RateLimit, such as "api";r=0;t=55, says that
// the window lasts, and a second more: 0 if it does not say.
func rateLimit(header string) time.Duration {
	m := rateLimitReset.FindStringSubmatch(header)
	if m == nil {
		return 0
	}
	seconds, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	return time.Duration(seconds+1) * time.Second
}
