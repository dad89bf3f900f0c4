package huggingface_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/huggingface"
)

// What the hub refuses is an error that says what to do next, and shows no token.
func TestErrors(t *testing.T) {
	t.Parallel()
	h := start(t)
	commit := h.Put(repo, false, content(rows))
	secret := h.Put("alice/private", true, content(rows))
	gated := h.Put("alice/gated", false, content(rows))
	h.Gate("alice/gated")
	none := strings.Repeat("0", 40)
	for title, c := range map[string]struct {
		source, token string
		want          []error
		says          string
	}{
		"no such data set, without a token":  {"hf:alice/none@" + commit, "", []error{huggingface.ErrRepoNotFound, storage.ErrNotFound}, "HF_TOKEN"},
		"no such data set":                   {"hf:alice/none@" + commit, reader, []error{huggingface.ErrRepoNotFound, storage.ErrNotFound}, "check its name"},
		"no such revision":                   {"hf:" + repo + "@" + none, "", []error{huggingface.ErrRevisionNotFound, storage.ErrNotFound}, "check the commit"},
		"private, without a token":           {"hf:alice/private@" + secret, "", []error{huggingface.ErrRepoNotFound, storage.ErrNotFound}, "HF_TOKEN"},
		"a token that the hub does not know": {"hf:alice/private@" + secret, "hf_unknownT0ken", []error{storage.ErrUnauthorized}, "settings/tokens"},
		"gated, without a token":             {"hf:alice/gated@" + gated, "", []error{huggingface.ErrGated, storage.ErrUnauthorized}, "accept its terms"},
		"gated":                              {"hf:alice/gated@" + gated, reader, []error{huggingface.ErrGated, storage.ErrUnauthorized}, "accept its terms"},
	} {
		t.Run(title, func(t *testing.T) {
			h.Requests()
			err := fetch(t, rows, revision(t, c.source, options(h, c.token)))
			for _, want := range c.want {
				require.ErrorIs(t, err, want)
			}
			require.ErrorContains(t, err, c.says)
			var e *storage.Error
			require.ErrorAs(t, err, &e)
			if c.token != "" {
				require.NotContains(t, fmt.Sprintf("%+v %#v", err, err), c.token)
			}
			require.Len(t, h.Requests(), 1, "an answer for good is not asked for again")
		})
	}
	for title, c := range map[string]struct {
		repo, token string
		want        error
		says        string
	}{
		"no token":       {"alice/new", "", huggingface.ErrRepoNotFound, "HF_TOKEN"},
		"may not create": {"alice/new", reader, storage.ErrUnauthorized, "may write"},
		"may not write":  {repo, reader, storage.ErrUnauthorized, "may write"},
		"no owner":       {"new", writer, storage.ErrUnsupported, "owner/name"},
	} {
		t.Run("push: "+title, func(t *testing.T) {
			d, err := huggingface.New(c.repo, options(h, c.token))
			require.NoError(t, err)
			t.Cleanup(d.CloseIdle)
			s := open(t, storage.Config{Pushers: []storage.Pusher{d}})
			root, err := s.Add(context.Background(), rows)
			require.NoError(t, err)
			_, err = s.Push(context.Background(), root)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
		})
	}
	_, err := huggingface.New(repo, huggingface.Options{Token: storage.NewSecret("hf_a\nb: c")})
	require.ErrorContains(t, err, "copy it again")
	require.NotContains(t, err.Error(), "hf_a")
}

// A service that asks to wait is waited for if that is short, and the error says how
// long it is otherwise.
func TestRateLimits(t *testing.T) {
	t.Parallel()
	for title, c := range map[string]struct {
		header http.Header
		want   time.Duration
	}{
		"the hub's header": {http.Header{"RateLimit": {`"api";r=0;t=299`}}, 300 * time.Second},
		"with a policy":    {http.Header{"RateLimit": {`"resolvers";r=0;t=41`}, "RateLimit-Policy": {`"fixed window";"resolvers";q=5000;w=300`}}, 42 * time.Second},
		"seconds":          {http.Header{"Retry-After": {"77"}}, 77 * time.Second},
		"both, the longer": {http.Header{"Retry-After": {"77"}, "RateLimit": {`"api";r=0;t=99`}}, 100 * time.Second},
		"nothing of use":   {http.Header{"RateLimit": {`soon`}}, 0},
		"more than can be": {http.Header{"RateLimit": {`"api";r=0;t=99999999999`}}, 0},
	} {
		t.Run(title, func(t *testing.T) {
			h := start(t)
			commit := h.Put(repo, false, content(rows))
			h.Intercept(func(w http.ResponseWriter, _ *http.Request, _ bool) bool {
				for name, values := range c.header {
					w.Header()[http.CanonicalHeaderKey(name)] = values
				}
				w.WriteHeader(http.StatusTooManyRequests)
				return true
			})
			err := fetch(t, rows, revision(t, "hf:"+repo+"@"+commit, options(h, "")))
			require.ErrorIs(t, err, storage.ErrRateLimited)
			var e *storage.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.want, e.RetryAfter)
		})
	}
}

// A hub that is busy for a moment is asked again, and what has arrived is kept.
func TestTransientErrors(t *testing.T) {
	t.Parallel()
	h := start(t)
	commit := h.Put(repo, false, content(rows))
	var failures, cuts atomic.Int64
	h.Intercept(func(w http.ResponseWriter, r *http.Request, elsewhere bool) bool {
		switch {
		case strings.Contains(r.URL.Path, "/tree/") && failures.Add(1) <= 2:
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		case elsewhere && strings.HasSuffix(r.URL.Path, sumOf(rows["large.bin"].Data)) && cuts.Add(1) <= 2:
			w.Header().Set("Content-Length", "640000")
			_, _ = w.Write(rows["large.bin"].Data[:300_000])
			panic(http.ErrAbortHandler)
		}
		return false
	})
	s := open(t, storage.Config{Fetchers: []storage.Fetcher{revision(t, "hf:"+repo+"@"+commit, options(h, ""))}})
	_, err := s.Fetch(context.Background(), rootOf(t, rows))
	require.NoError(t, err)
	require.Equal(t, []int64{3, 3}, []int64{failures.Load(), cuts.Load()})
}

// The token is in nothing that can be printed, whatever the hub echoes.
func TestTokenIsNotEchoed(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.Intercept(func(w http.ResponseWriter, r *http.Request, _ bool) bool {
		w.Header().Set("X-Error-Message", r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"error": "you sent %s"}`, r.Header.Get("Authorization"))
		return true
	})
	_, err := push(t, dataset(t, options(h, writer)), rows)
	require.ErrorContains(t, err, "you sent")
	for e := err; e != nil; e = errors.Unwrap(e) {
		require.NotContains(t, fmt.Sprintf("%v %+v %#v", e, e, e), writer[3:])
	}
}
