package member_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
)

// childVariable makes the test binary a member: it holds the node's address and the
// scene's directory.
const childVariable = "DECLOUD_RUN_MEMBER"

// child is a member in a process of its own. It prints a line for each event.
func child() {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	rpc, dir, _ := strings.Cut(os.Getenv(childVariable), " ")
	key, err := chain.LoadKeypair(filepath.Join(dir, "killed.json"))
	fail(err)
	onChain, err := chain.NewClient(chain.Config{Network: chain.Network{Name: "child", RPC: rpc}, Signer: key, PollInterval: 20 * time.Millisecond})
	fail(err)
	runs, err := run.NewClient(run.Config{Chain: onChain, Program: run.LocalProgram})
	fail(err)
	cars := storage.NewCARDir(filepath.Join(dir, "cars"))
	store, err := storage.Open(storage.Config{Dir: filepath.Join(dir, "killed"), Fetchers: []storage.Fetcher{cars}, Pushers: []storage.Pusher{cars}})
	fail(err)
	digits, err := dataset.Builtin(dataset.Mnist)
	fail(err)
	parts, err := dataset.Shares(digits.Train, 20, 9)
	fail(err)
	w, err := member.NewWorker(member.Config{
		Runs: runs, Store: store, RunID: "scene", Dir: filepath.Join(dir, "killed", "work"), Data: parts[0], Poll: 50 * time.Millisecond, NoTick: true,
		Observer: func(e member.Event) {
			if e.Kind != member.EventTraining {
				fmt.Println(e.Kind, e.Step.Round, e.Signature, e.Err)
			}
		},
	})
	fail(err)
	fail(w.Run(context.Background()))
}

// kills is how often the member is killed: `make run-schedules` does it 48 times.
func kills() int { return environment("DECLOUD_RUN_KILLS", 2) }

// TestKilled kills a member's process with SIGKILL at, or shortly after, one event
// after the other, and starts it again. It does nothing twice, is included in every
// round that it could reach, and goes on.
func TestKilled(t *testing.T) {
	f := file(func(f *config.File) {
		f.Config.MaxMissed, f.Config.RoundsPerEpoch, f.Config.TotalSteps = 200, 3, 200
		f.Config.MaxRoundTrainTime, f.Config.RoundWitnessTime, f.Config.CooldownTime = 3, 2, 1
	})
	s := newScene(t, f, run.Spec{}, slots())
	key, err := chain.NewKeypair()
	require.NoError(t, err)
	require.NoError(t, key.Save(filepath.Join(s.dir, "killed.json")))
	require.NoError(t, s.net.Fund(key.PublicKey(), 100*chain.LamportsPerSOL))
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 3 {
		s.start(ctx, &wg, fmt.Sprint("member", i), func(c *member.Config) {
			c.Train, c.Evaluate, c.Poll = pretend(i), fixed(5000), 50*time.Millisecond
		})
	}
	done := map[string]bool{}
	for n := range kills() {
		s.killAfter(n%4, time.Duration(n%5)*7*time.Millisecond, done)
	}
	s.killAfter(6, 0, done) // and goes on
	stop()
	wg.Wait()
	v, err := s.Refresh(t.Context(), s.r)
	require.NoError(t, err)
	require.GreaterOrEqual(t, v.Roster.Find(key.PublicKey()), 0)
}

// killAfter runs the member until it has told of events further ones, and kills it
// after a delay. done has what it did before: nothing comes twice.
func (s *scene) killAfter(events int, delay time.Duration, done map[string]bool) {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childVariable+"="+s.net.URL()+" "+s.dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(s.t, err)
	require.NoError(s.t, cmd.Start())
	late := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer late.Stop()
	lines := bufio.NewScanner(out)
	for ; lines.Scan(); events-- {
		words := strings.Fields(lines.Text())
		switch what := strings.Join(words[:2], " "); member.EventKind(words[0]) {
		case member.EventSubmitted, member.EventSeen, member.EventCommitted, member.EventRevealed:
			require.False(s.t, done[what], what)
			done[what] = true
		case member.EventFailed:
			events++ // others are waited for
		}
		if events <= 0 {
			break
		}
	}
	require.True(s.t, late.Stop(), "the member told of nothing for a minute")
	time.Sleep(delay)
	require.NoError(s.t, cmd.Process.Kill())
	require.Error(s.t, cmd.Wait(), "killed")
}
