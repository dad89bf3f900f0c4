package storage_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
)

// packed returns a tree as CAR.
func packed(t *testing.T, p storage.Profile, tree fstest.MapFS) (cid.Cid, []byte) {
	t.Helper()
	s := open(t, storage.Config{Profile: p})
	root, err := s.Add(context.Background(), tree)
	require.NoError(t, err)
	var car bytes.Buffer
	require.NoError(t, s.Export(context.Background(), root, &car))
	return root, car.Bytes()
}

// carSource serves CARs at a given speed and counts requests.
type carSource struct {
	cars   map[cid.Cid][]byte
	delay  time.Duration // before each 64 KiB
	quick  int           // the first quick bytes come without delay
	cut    int           // the stream ends after cut bytes; 0 means never
	err    error
	calls  int
	served int
}

func (s *carSource) Fetch(ctx context.Context, root cid.Cid) (io.ReadCloser, error) {
	s.calls++
	if s.err != nil {
		return nil, s.err
	}
	car, ok := s.cars[root]
	if !ok {
		return nil, storage.ErrNotFound
	}
	if s.cut > 0 {
		car = car[:s.cut]
	}
	return &slowBody{ctx: ctx, s: s, rest: car, quick: s.quick}, nil
}

type slowBody struct {
	ctx  context.Context
	s    *carSource
	rest []byte

	quick int
}

func (b *slowBody) Read(p []byte) (int, error) {
	if b.quick -= 64 << 10; b.s.delay > 0 && b.quick < 0 {
		select {
		case <-time.After(b.s.delay):
		case <-b.ctx.Done():
			return 0, b.ctx.Err()
		}
	}
	if len(b.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), 64<<10)], b.rest)
	b.rest = b.rest[n:]
	b.s.served += n
	return n, nil
}

func (b *slowBody) Close() error { return nil }

// dead never answers.
type dead struct{}

func (dead) Fetch(ctx context.Context, _ cid.Cid) (io.ReadCloser, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func raceTree() fstest.MapFS { return fstest.MapFS{"weights.bin": {Data: pseudo(12<<20, 9)}} }

// With one dead and one slow source the fetch takes as long as from the best
// one alone, and the slow one is stopped once the race is decided.
func TestRaceDeadAndSlow(t *testing.T) {
	root, car := packed(t, storage.Default, raceTree())
	cars := map[cid.Cid][]byte{root: car}
	synctest.Test(t, func(t *testing.T) {
		took := func(fetchers ...storage.Fetcher) time.Duration {
			start := time.Now()
			fsys, err := open(t, storage.Config{Fetchers: fetchers}).Fetch(context.Background(), root)
			require.NoError(t, err)
			requireSameTree(t, raceTree(), fsys)
			return time.Since(start)
		}
		alone := took(&carSource{cars: cars, delay: 10 * time.Millisecond})
		slow := &carSource{cars: cars, delay: 200 * time.Millisecond}
		raced := took(dead{}, slow, &carSource{cars: cars, delay: 10 * time.Millisecond})
		require.Less(t, raced, alone*13/10)
		require.Less(t, slow.served, 4<<20)
	})
}

// If the leader fails after the race was decided, the others are started again
// and resume.
func TestRaceLeaderFails(t *testing.T) {
	root, car := packed(t, storage.Default, raceTree())
	cars := map[cid.Cid][]byte{root: car}
	synctest.Test(t, func(t *testing.T) {
		leader := &carSource{cars: cars, delay: time.Millisecond, cut: 6 << 20}
		steady := &carSource{cars: cars, delay: 20 * time.Millisecond}
		fsys, err := open(t, storage.Config{Fetchers: []storage.Fetcher{leader, steady}}).Fetch(context.Background(), root)
		require.NoError(t, err)
		requireSameTree(t, raceTree(), fsys)
		require.Equal(t, 2, steady.calls)
	})
}

// Sources that failed come last the next time.
func TestRaceRemembersFailures(t *testing.T) {
	first, car1 := packed(t, storage.Default, smallTree())
	second, car2 := packed(t, storage.Default, fstest.MapFS{"b": {Data: []byte("b")}})
	cars := map[cid.Cid][]byte{first: car1, second: car2}
	bad, good := &carSource{err: storage.ErrUnauthorized}, &carSource{cars: cars}
	s := open(t, storage.Config{Parallel: 1, Fetchers: []storage.Fetcher{bad, good}})
	for _, root := range []cid.Cid{first, second} {
		_, err := s.Fetch(context.Background(), root)
		require.NoError(t, err)
	}
	require.Equal(t, 1, bad.calls)
	require.Equal(t, 2, good.calls)
}

func TestRaceAllFail(t *testing.T) {
	root, car := packed(t, storage.Default, smallTree())
	synctest.Test(t, func(t *testing.T) {
		fetchers := []storage.Fetcher{
			&carSource{err: storage.ErrUnauthorized},
			&carSource{},
			&carSource{cars: map[cid.Cid][]byte{root: car}, cut: len(car) / 2},
			&carSource{err: &storage.Error{Backend: "x", Op: "fetch", Status: 503, Err: errors.New("overloaded")}},
		}
		_, err := open(t, storage.Config{Fetchers: fetchers}).Fetch(context.Background(), root)
		for _, want := range []error{storage.ErrUnauthorized, storage.ErrNotFound, storage.ErrIncomplete} {
			require.ErrorIs(t, err, want)
		}
		require.ErrorContains(t, err, "HTTP 503")
		require.ErrorContains(t, err, root.String())
	})
}

func TestFetchCancelled(t *testing.T) {
	root, _ := packed(t, storage.Default, smallTree())
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := open(t, storage.Config{Fetchers: []storage.Fetcher{dead{}, dead{}}}).Fetch(ctx, root)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(start))
	})
}

// With one bad gateway of three the complete package comes from the others.
func TestOneBadOfThree(t *testing.T) {
	root, car := packed(t, storage.Default, fixture())
	flipped := bytes.Clone(car)
	for i := 200_000; i < len(flipped); i += 50_000 {
		flipped[i] ^= 1
	}
	for name, bad := range map[string]storage.Fetcher{
		"flips bits":  &carSource{cars: map[cid.Cid][]byte{root: flipped}},
		"breaks off":  &carSource{cars: map[cid.Cid][]byte{root: car}, cut: 100_000},
		"serves HTML": &carSource{cars: map[cid.Cid][]byte{root: bytes.Repeat([]byte("<html>"), 1000)}},
		"is dead":     dead{},
		"forbids":     &carSource{err: storage.ErrUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			good := map[cid.Cid][]byte{root: car}
			s := open(t, storage.Config{Fetchers: []storage.Fetcher{bad, &carSource{cars: good}, &carSource{cars: good}}})
			fsys, err := s.Fetch(context.Background(), root)
			require.NoError(t, err)
			requireSameTree(t, fixture(), fsys)
		})
	}
}
