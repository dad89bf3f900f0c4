package pinning_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/pinning"
	"github.com/decloud-sdk/decloud-go/storage/storagetest"
)

const token = "s3cr3t-token"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// service is a pinning service to the API's contract: it fetches what it is asked to pin from an origin, and moves a
// pin on by one status each time it is asked about.
type service struct {
	t        *testing.T
	origin   storage.Fetcher
	mu       sync.Mutex
	pins     []*status
	requests []string
	answer   func(s *status) // changes an answer, nil: not
}

type status struct {
	RequestID string         `json:"requestid"`
	Status    string         `json:"status"`
	Created   time.Time      `json:"created"`
	Pin       request        `json:"pin"`
	Delegates []string       `json:"delegates"`
	Info      map[string]any `json:"info,omitempty"`
}

type request struct {
	CID     string   `json:"cid"`
	Name    string   `json:"name"`
	Origins []string `json:"origins,omitempty"`
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.String())
	if r.Header.Get("Authorization") != "Bearer "+token {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"error":{"reason":"UNAUTHORIZED","details":"Access token is missing or invalid: %s"}}`, r.Header.Get("Authorization"))
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /psa/pins", s.list)
	mux.HandleFunc("POST /psa/pins", s.add)
	mux.HandleFunc("GET /psa/pins/{id}", s.get)
	mux.ServeHTTP(w, r)
}

func (s *service) list(w http.ResponseWriter, r *http.Request) {
	found := []*status{}
	for _, p := range s.pins {
		if p.Pin.CID == r.URL.Query().Get("cid") && strings.Contains(r.URL.Query().Get("status"), p.Status) {
			found = append(found, p)
		}
	}
	require.NoError(s.t, json.NewEncoder(w).Encode(map[string]any{"count": len(found), "results": found}))
}

func (s *service) add(w http.ResponseWriter, r *http.Request) {
	require.Equal(s.t, "application/json", r.Header.Get("Content-Type"))
	p := &status{RequestID: fmt.Sprintf("id-%d", len(s.pins)), Status: "queued", Created: time.Now(), Delegates: []string{"/dns4/pin.example/tcp/4001/p2p/x"}}
	require.NoError(s.t, json.NewDecoder(r.Body).Decode(&p.Pin))
	s.pins = append(s.pins, p)
	w.WriteHeader(http.StatusAccepted)
	s.write(w, p)
}

func (s *service) get(w http.ResponseWriter, r *http.Request) {
	for _, p := range s.pins {
		if p.RequestID == r.PathValue("id") {
			s.advance(r.Context(), p)
			s.write(w, p)
			return
		}
	}
	w.WriteHeader(http.StatusNotFound)
	fmt.Fprint(w, `{"error":{"reason":"NOT_FOUND","details":"The specified resource was not found"}}`)
}

func (s *service) advance(ctx context.Context, p *status) {
	if p.Status == "queued" {
		p.Status = "pinning"
		return
	}
	store, err := storage.Open(storage.Config{Dir: s.t.TempDir(), Fetchers: []storage.Fetcher{s.origin}, Retry: storage.Retry{Attempts: 1}})
	require.NoError(s.t, err)
	if _, err := store.Fetch(ctx, cid.MustParse(p.Pin.CID)); err != nil {
		p.Status, p.Info = "failed", map[string]any{"status_details": "no providers found\x1b[2J"}
		return
	}
	p.Status = "pinned"
}

func (s *service) write(w http.ResponseWriter, p *status) {
	answer := *p
	if s.answer != nil {
		s.answer(&answer)
	}
	require.NoError(s.t, json.NewEncoder(w).Encode(answer))
}

// serve starts the service in front of a directory of CARs, which stands for a node that is online.
func serve(t *testing.T, o pinning.Options) (*service, *pinning.Service, *storage.CARDir) {
	t.Helper()
	node := storage.NewCARDir(t.TempDir())
	s := &service{t: t, origin: node}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	o.Client, o.Poll = srv.Client(), time.Millisecond
	if o.Token.IsZero() {
		o.Token = storage.NewSecret(token)
	}
	p, err := pinning.New(srv.URL+"/psa", o)
	require.NoError(t, err)
	return s, p, node
}

// TestPush runs the suite over a node that takes the content and the service that fetches it from there.
func TestPush(t *testing.T) {
	storagetest.TestPusher(t, func(t *testing.T) (storage.Pusher, storage.Fetcher) {
		node := storage.NewCARDir(t.TempDir())
		s, p, _ := serve(t, pinning.Options{Upload: node})
		s.origin = node
		return readable{p, node}, node
	})
}

// readable lets the store read back from where the service has it.
type readable struct {
	storage.Pusher
	storage.Fetcher
}

func (readable) String() string { return "pinning" }

func TestPinOnce(t *testing.T) {
	root, car := storagetest.Honest()
	var met []string
	origins := []string{"/ip4/203.0.113.7/tcp/4001/p2p/QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"}
	s, p, node := serve(t, pinning.Options{Origins: origins, Name: "round 7", Connect: func(_ context.Context, delegates []string) error {
		met = append(met, delegates...)
		return nil
	}})
	_, err := node.Push(t.Context(), root, bytes.NewReader(car))
	require.NoError(t, err)
	for range 2 {
		receipt, err := p.Push(t.Context(), root, bytes.NewReader(car))
		require.NoError(t, err)
		require.Equal(t, "id-0", receipt.ID)
		require.False(t, receipt.Pending)
	}
	require.Len(t, s.pins, 1, "what is pinned is not pinned again")
	require.Equal(t, request{root.String(), "round 7", origins}, s.pins[0].Pin)
	require.Equal(t, []string{"/dns4/pin.example/tcp/4001/p2p/x"}, met)
	require.Equal(t, []string{
		"GET /psa/pins?cid=" + root.String() + "&limit=1&status=queued%2Cpinning%2Cpinned", "POST /psa/pins",
		"GET /psa/pins/id-0", "GET /psa/pins/id-0", "GET /psa/pins?cid=" + root.String() + "&limit=1&status=queued%2Cpinning%2Cpinned",
	}, s.requests)
}

func TestFailures(t *testing.T) {
	root, car := storagetest.Honest()
	other := cid.NewCidV1(cid.Raw, root.Hash())
	for name, c := range map[string]struct {
		options pinning.Options
		answer  func(*status)
		want    error
		text    string
	}{
		"nobody provides it":         {text: "could not pin it: no providers found?[2J"},
		"wrong token":                {options: pinning.Options{Token: storage.NewSecret("s3cr3t-other")}, want: storage.ErrUnauthorized, text: "Access token is missing"},
		"another CID":                {answer: func(s *status) { s.Pin.CID = other.String() }, want: storage.ErrCIDMismatch},
		"no CID":                     {answer: func(s *status) { s.Pin.CID = "" }, want: storage.ErrUnsupported},
		"an id that leads elsewhere": {answer: func(s *status) { s.RequestID = "../../admin" }, want: storage.ErrUnsupported},
		"no id":                      {answer: func(s *status) { s.RequestID = "" }, want: storage.ErrUnsupported},
		"an unknown status":          {answer: func(s *status) { s.Status = "thinking" }, want: storage.ErrUnsupported, text: "thinking"},
		"no connection": {options: pinning.Options{Connect: func(context.Context, []string) error { return errors.New("no route") }},
			text: "no route"},
	} {
		t.Run(name, func(t *testing.T) {
			s, p, _ := serve(t, c.options)
			s.answer = c.answer
			_, err := p.Push(t.Context(), root, bytes.NewReader(car))
			require.Error(t, err)
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
			require.ErrorContains(t, err, c.text)
			require.ErrorContains(t, err, root.String())
			require.NotContains(t, err.Error(), "s3cr3t")
		})
	}
	_, err := pinning.New("https://pins.example", pinning.Options{})
	require.ErrorContains(t, err, "Token")
	_, err = pinning.New("http://pins.example", pinning.Options{Token: storage.NewSecret(token)})
	require.ErrorContains(t, err, "PlainHTTP")
	_, err = pinning.New("https://pins.example", pinning.Options{Token: storage.NewSecret(token), Origins: make([]string, 21)})
	require.ErrorContains(t, err, "20")
}

// A pin that failed is no success because the node that has the content can be read.
func TestAFailedPinBesideTheNodeThatHasIt(t *testing.T) {
	root, car := storagetest.Honest()
	node := storage.NewCARDir(t.TempDir())
	s, p, _ := serve(t, pinning.Options{Upload: node})
	s.answer = func(s *status) { s.Status = "failed" }
	store, err := storage.Open(storage.Config{Dir: t.TempDir(), Pushers: []storage.Pusher{p}, Fetchers: []storage.Fetcher{node}, Retry: storage.Retry{Attempts: 1}})
	require.NoError(t, err)
	_, err = store.Import(t.Context(), root, bytes.NewReader(car))
	require.NoError(t, err)
	receipts, err := store.Push(t.Context(), root)
	require.ErrorIs(t, err, storage.ErrNotHeld)
	require.ErrorContains(t, err, "could not pin it")
	require.Empty(t, receipts)
}

// What the service is still fetching when the time is over counts as accepted, and the store reads it back.
func TestStillPinning(t *testing.T) {
	root, car := storagetest.Honest()
	s, p, _ := serve(t, pinning.Options{Wait: 20 * time.Millisecond})
	s.answer = func(s *status) { s.Status = "queued" }
	receipt, err := p.Push(t.Context(), root, bytes.NewReader(car))
	require.NoError(t, err)
	require.Equal(t, "id-0", receipt.ID)
	require.True(t, receipt.Pending)
	require.Contains(t, receipt.String(), "does not say yet that it has it")

	store, err := storage.Open(storage.Config{Dir: t.TempDir(), Pushers: []storage.Pusher{p}, Fetchers: []storage.Fetcher{storage.NewCARDir(t.TempDir())},
		FetchBackWait: time.Millisecond, Retry: storage.Retry{Attempts: 1}})
	require.NoError(t, err)
	_, err = store.Import(t.Context(), root, bytes.NewReader(car))
	require.NoError(t, err)
	_, err = store.Push(t.Context(), root)
	require.ErrorContains(t, err, "cannot be read back")
	_, err = p.Push(t.Context(), root, io.MultiReader(bytes.NewReader(car), failing{}))
	require.ErrorContains(t, err, "on fire")
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("on fire") }
