package storage_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// service is a pinning service in memory, with the faults of real ones.
type service struct {
	mu        sync.Mutex
	title     string
	content   map[cid.Cid][]byte
	calls     int
	failFirst int           // the first failFirst pushes fail with 503
	loseReply bool          // stores, then reports a broken connection
	forget    bool          // accepts, but never serves
	after     time.Duration // serves only this long after the push
	answer    cid.Cid       // the CID it answers with
	since     time.Time
}

func (s *service) String() string { return s.title }

func (s *service) Push(_ context.Context, root cid.Cid, car io.Reader) (storage.Receipt, error) {
	data, err := io.ReadAll(car)
	if err != nil {
		return storage.Receipt{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls++; s.calls <= s.failFirst {
		return storage.Receipt{}, &storage.Error{Backend: s.title, Op: "push", CID: root, Status: 503, Err: errors.New("overloaded")}
	}
	if !s.forget {
		s.content, s.since = map[cid.Cid][]byte{root: data}, time.Now()
	}
	if s.loseReply {
		return storage.Receipt{}, io.ErrUnexpectedEOF
	}
	return storage.Receipt{CID: s.answer, ID: "42"}, nil
}

func (s *service) Fetch(_ context.Context, root cid.Cid) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.content[root]
	if !ok || time.Since(s.since) < s.after {
		return nil, storage.ErrNotFound
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// pushOnly hides that a service can be read.
type pushOnly struct{ *service }

func (pushOnly) Fetch() {}

func TestPush(t *testing.T) {
	for _, c := range []struct {
		name string
		p    *service
		want error
		text string
		took time.Duration // at most
	}{
		{"fine", &service{}, nil, "", 0},
		{"overloaded at first", &service{failFirst: 2}, nil, "", 2 * time.Second},
		{"overloaded for good", &service{failFirst: 99}, nil, "HTTP 503", 4 * time.Second},
		{"the reply is lost", &service{loseReply: true}, nil, "", 4 * time.Second},
		{"retrievable only later", &service{after: 20 * time.Second}, nil, "", 40 * time.Second},
		{"accepted, never retrievable", &service{forget: true}, storage.ErrNotFound, "do not announce it", 2 * time.Minute},
		{"the service repacks", &service{answer: cid.MustParse("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn")}, storage.ErrCIDMismatch, "QmUNLL", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.p.title = "service"
				s := open(t, storage.Config{Pushers: []storage.Pusher{c.p}})
				root, err := s.Add(context.Background(), smallTree())
				require.NoError(t, err)
				start := time.Now()
				receipts, err := s.Push(context.Background(), root)
				require.LessOrEqual(t, time.Since(start), c.took)
				if c.want == nil && c.text == "" {
					require.NoError(t, err)
					require.Len(t, receipts, 1)
					require.Equal(t, root, receipts[0].CID)
					require.Equal(t, "service", receipts[0].VerifiedBy)
					return
				}
				require.Empty(t, receipts)
				require.ErrorContains(t, err, c.text)
				require.ErrorContains(t, err, root.String())
				if c.want != nil {
					require.ErrorIs(t, err, c.want)
				}
			})
		})
	}
}

// What can be read where one back end has put it does not tell that another one has it, too.
func TestPushToOneThatIsAwayBesideOneThatIsThere(t *testing.T) {
	for name, c := range map[string]struct {
		away  error
		alone bool
	}{
		"a reply that is lost": {away: errors.New("connection reset")},
		"an answer that it does not hold it, where a node of its own does": {away: storage.ErrNotHeld, alone: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				here := &service{title: "here"}
				pushers := []storage.Pusher{here, away{c.away, here}}
				if c.alone {
					pushers = pushers[1:]
				}
				s := open(t, storage.Config{Pushers: pushers, Fetchers: []storage.Fetcher{here}})
				root, err := s.Add(context.Background(), smallTree())
				require.NoError(t, err)
				receipts, err := s.Push(context.Background(), root)
				require.ErrorIs(t, err, c.away)
				for _, r := range receipts {
					require.Equal(t, "here", r.Backend)
				}
				_, err = here.Fetch(context.Background(), root)
				require.NoError(t, err)
			})
		})
	}
}

// away puts content on another service and fails then.
type away struct {
	err   error
	stage *service
}

func (away) String() string { return "away" }

func (a away) Push(ctx context.Context, root cid.Cid, car io.Reader) (storage.Receipt, error) {
	_, err := a.stage.Push(ctx, root, car)
	return storage.Receipt{}, errors.Join(err, a.err)
}

// With several back ends Push returns the receipts of those that worked and the
// errors of the others.
func TestPushSeveral(t *testing.T) {
	a, b, c := &service{title: "a"}, &service{title: "b", answer: cid.MustParse("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn")}, &service{title: "c"}
	s := open(t, storage.Config{Pushers: []storage.Pusher{a, b, c}})
	root, err := s.Add(context.Background(), smallTree())
	require.NoError(t, err)
	receipts, err := s.Push(context.Background(), root)
	require.ErrorIs(t, err, storage.ErrCIDMismatch)
	var e *storage.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "b", e.Backend)
	require.Len(t, receipts, 2)
	require.Equal(t, "a", receipts[0].Backend)
	require.Equal(t, "c", receipts[1].Backend)
	require.Equal(t, "42", receipts[0].ID)
	require.NotZero(t, receipts[0].Bytes)
}

// A push to a service that cannot be read is verified through other sources.
func TestPushReadBackThroughSources(t *testing.T) {
	svc := &service{title: "svc"}
	for name, c := range map[string]struct {
		cfg  storage.Config
		text string
		by   string
	}{
		"through a source": {storage.Config{Fetchers: []storage.Fetcher{svc}}, "", "svc"},
		"no source":        {storage.Config{}, "Config.Fetchers", ""},
		"trusting":         {storage.Config{NoFetchBack: true}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.cfg.Pushers = []storage.Pusher{pushOnly{svc}}
			s := open(t, c.cfg)
			root, err := s.Add(context.Background(), smallTree())
			require.NoError(t, err)
			receipts, err := s.Push(context.Background(), root)
			if c.text != "" {
				require.ErrorContains(t, err, c.text)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.by, receipts[0].VerifiedBy)
		})
	}
}

func TestPushWhatIsNotHere(t *testing.T) {
	s := open(t, storage.Config{Pushers: []storage.Pusher{&service{}}})
	_, err := s.Push(context.Background(), cid.MustParse("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"))
	require.ErrorIs(t, err, storage.ErrNotFound)
	_, err = open(t, storage.Config{}).Push(context.Background(), cid.MustParse("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"))
	require.ErrorContains(t, err, "Config.Pushers")
}
