//go:build unix

package decloud_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// childEnv makes the test binary a trainer's process. Its value is a job in JSON.
const childEnv = "DECLOUD_TEST_TRAINER"

// job tells such a process what to do.
type job struct {
	RPC, WS, Dir, Cars, Key string
	KillAt                  trainer.EventKind // SIGKILL to itself at that event
	Batch                   int               // with KillAt training: at this batch of the second epoch
	Polls                   int               // end after this many polls, if not 0
	MaxSpending             uint64            // lamports
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		if err := trainHere(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// trainHere is a trainer's process: it prints the kind of each event, and ends
// once it has claimed.
func trainHere(text string) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	wallet, err := chain.LoadKeypair(j.Key)
	if err != nil {
		return err
	}
	cars := storage.NewCARDir(j.Cars)
	c, err := decloud.New(decloud.Config{
		Dir:   j.Dir,
		Chain: chain.Config{Signer: wallet, Network: chain.Network{Name: "test", RPC: j.RPC, WS: j.WS}},
		Store: storage.Config{Fetchers: []storage.Fetcher{cars}, Pushers: []storage.Pusher{cars}},
	})
	if err != nil {
		return err
	}
	sets, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		return err
	}
	const poll = 20 * time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if j.Polls > 0 {
		time.AfterFunc(time.Duration(j.Polls)*poll, cancel)
	}
	return c.Train(ctx, trainer.Config{
		Data: map[dataset.ID]dataset.Dataset{dataset.Mnist: sets.Test}, Poll: poll,
		Training: fit.Options{Epochs: 2}, Checkpoint: 1, MaxSpending: j.MaxSpending,
		Observer: func(e trainer.Event) {
			fmt.Println(e.Kind, e.Progress.Epoch, e.Progress.Batch, e.Err)
			if e.Kind == j.KillAt && (j.Batch == 0 || e.Progress.Epoch == 2 && e.Progress.Batch == j.Batch) {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {} // until the signal arrives
			}
			if e.Kind == trainer.EventClaimed {
				cancel()
			}
		},
	})
}

// runTrainer runs such a process to its end and returns the events it printed.
func runTrainer(t *testing.T, j job, onEvent func(kind, rest string)) (events []string, killed bool) {
	t.Helper()
	text, err := json.Marshal(j)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	for lines := bufio.NewScanner(out); lines.Scan(); {
		kind, rest, _ := strings.Cut(lines.Text(), " ")
		events = append(events, kind)
		onEvent(kind, rest)
	}
	err = cmd.Wait()
	killed = err != nil && cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
	if !killed {
		require.NoError(t, err)
	}
	return events, killed
}

func count(events []string, kind trainer.EventKind) (n int) {
	for _, e := range events {
		if e == string(kind) {
			n++
		}
	}
	return n
}

// TestSIGKILLAtEveryStep kills a trainer's process at each of its steps, starts
// it again, and checks that nothing is done twice: submission, payment, or a
// finished training run.
func TestSIGKILLAtEveryStep(t *testing.T) {
	for _, step := range []trainer.EventKind{
		trainer.EventAccepted, trainer.EventTraining, trainer.EventTrained, trainer.EventSubmitted, trainer.EventClaimed,
	} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			world := roundtest.Served(t)
			creator, pupil := world.Player(t, "creator"), world.Player(t, "pupil")
			id := world.Launch(t, creator)
			judges := world.Prevalidate(t, id, 1000, 3)
			j := job{RPC: world.Net.URL(), WS: world.Net.WSURL(), Dir: t.TempDir(), Cars: world.Dir + "/cars", Key: pupil.Dir + ".json"}
			require.NoError(t, pupil.Wallet.Save(j.Key))
			closeRound := func(kind, _ string) {
				if kind == string(trainer.EventSubmitted) {
					judgeAndFinalize(t, id, creator, judges, pupil)
				}
			}

			j.KillAt = step
			first, killed := runTrainer(t, j, closeRound)
			require.True(t, killed, "it ended by itself after %v", first)
			before, err := pupil.Rounds.Chain().Balance(t.Context(), pupil.Wallet.PublicKey())
			require.NoError(t, err)
			if step == trainer.EventClaimed {
				claimsNothingMore(t, j, pupil)
				return
			}

			j.KillAt = ""
			second, killed := runTrainer(t, j, closeRound)
			require.False(t, killed)
			all := append(first, second...)
			require.Equal(t, 1, count(all, trainer.EventSubmitted))
			require.Equal(t, 1, count(all, trainer.EventClaimed))
			if step == trainer.EventTrained {
				require.Zero(t, count(second, trainer.EventTraining), "the finished training run was lost")
			}
			r, err := pupil.Rounds.Round(t.Context(), id)
			require.NoError(t, err)
			require.EqualValues(t, 1, r.Gradients)
			after, err := pupil.Rounds.Chain().Balance(t.Context(), pupil.Wallet.PublicKey())
			require.NoError(t, err)
			require.Greater(t, after, before)
		})
	}
}

// TestSIGKILLWithinAnEpoch kills a trainer's process within its second epoch, with
// checkpoints after every batch: the next one trains the batch that was lost, and ends
// with the bytes of a training that nobody disturbed.
func TestSIGKILLWithinAnEpoch(t *testing.T) {
	world := roundtest.Served(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	train := func(name string, batch int) (head []byte) {
		pupil := world.Player(t, name)
		j := job{RPC: world.Net.URL(), WS: world.Net.WSURL(), Dir: t.TempDir(), Cars: world.Dir + "/cars", Key: pupil.Dir + ".json"}
		require.NoError(t, pupil.Wallet.Save(j.Key))
		if batch > 0 {
			j.KillAt, j.Batch = trainer.EventTraining, batch
			_, killed := runTrainer(t, j, func(_, _ string) {})
			require.True(t, killed)
		}
		j.KillAt, j.Batch = trainer.EventSubmitted, 0
		var first string
		_, killed := runTrainer(t, j, func(kind, rest string) {
			if kind == string(trainer.EventTraining) && first == "" {
				first = rest
			}
		})
		require.True(t, killed)
		if batch > 0 {
			require.Equal(t, fmt.Sprintf("2 %d <nil>", batch), first, "more than a batch was lost")
		}
		return roundtest.SubmittedHead(t, pupil, id, pupil.Wallet.PublicKey())
	}
	require.Equal(t, train("undisturbed", 0), train("killed", 3), "the same head to the last bit")
}

// TestSIGKILLDoesNotRefillThePurse kills a trainer's process that may pay for one
// submission: the next one does not submit to the other round.
func TestSIGKILLDoesNotRefillThePurse(t *testing.T) {
	world := roundtest.Served(t)
	creator, pupil := world.Player(t, "creator"), world.Player(t, "pupil")
	for range 2 {
		world.Prevalidate(t, world.Launch(t, creator), 1000, 3)
	}
	_, rent, _ := new(round.Round).CostOfSubmitting(0)
	j := job{RPC: world.Net.URL(), WS: world.Net.WSURL(), Dir: t.TempDir(), Cars: world.Dir + "/cars", Key: pupil.Dir + ".json"}
	j.MaxSpending = round.ProfileRent() + rent + 3*5000
	require.NoError(t, pupil.Wallet.Save(j.Key))
	for _, j.KillAt = range []trainer.EventKind{trainer.EventSubmitted, trainer.EventFailed, trainer.EventFailed} {
		var last string
		_, killed := runTrainer(t, j, func(_, rest string) { last = rest })
		require.True(t, killed)
		if j.KillAt == trainer.EventFailed {
			require.Contains(t, last, "the spending cap of 24 hours is reached")
		}
		mine, err := pupil.Rounds.GradientsOf(t.Context(), pupil.Wallet.PublicKey())
		require.NoError(t, err)
		require.Len(t, mine, 1)
	}
}

// claimsNothingMore restarts a trainer that was killed after it was paid, for a
// few polls.
func claimsNothingMore(t *testing.T, j job, pupil roundtest.Player) {
	t.Helper()
	g, err := pupil.Rounds.GradientsOf(t.Context(), pupil.Wallet.PublicKey())
	require.NoError(t, err)
	require.Len(t, g, 1)
	require.True(t, g[0].RewardClaimed)
	paid, err := pupil.Rounds.Chain().Balance(t.Context(), pupil.Wallet.PublicKey())
	require.NoError(t, err)
	j.KillAt, j.Polls = "", 5
	events, killed := runTrainer(t, j, func(_, _ string) {})
	require.False(t, killed)
	require.Len(t, events, 1, "nothing is left to do: %v", events)
	require.Equal(t, 1, count(events, trainer.EventStarted))
	again, err := pupil.Rounds.Chain().Balance(t.Context(), pupil.Wallet.PublicKey())
	require.NoError(t, err)
	require.Equal(t, paid, again, "no second payment, no fee")
}

// judgeAndFinalize scores the trainer's gradient and closes the round.
func judgeAndFinalize(t *testing.T, id uint64, creator roundtest.Player, judges []roundtest.Player, pupil roundtest.Player) {
	t.Helper()
	for _, v := range judges {
		_, err := v.Rounds.Postvalidate(t.Context(), id, pupil.Wallet.PublicKey(), 2000)
		require.NoError(t, err)
	}
	_, err := creator.Rounds.FinalizeRound(t.Context(), id)
	require.NoError(t, err)
}

// TestSIGKILLInASealedRound kills a trainer's process at each of its steps in a sealed round: the head that was submitted
// is the one that is published, and nothing happens twice.
func TestSIGKILLInASealedRound(t *testing.T) {
	for _, step := range []trainer.EventKind{trainer.EventTrained, trainer.EventSubmitted, trainer.EventPublished, trainer.EventClaimed} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			world := roundtest.Served(t)
			creator, pupil := world.Player(t, "creator"), world.Player(t, "pupil")
			judges := []roundtest.Player{world.Player(t, "ann"), world.Player(t, "bea"), world.Player(t, "cid")}
			id := world.LaunchSealed(t, creator, nil, nil)
			j := job{RPC: world.Net.URL(), WS: world.Net.WSURL(), Dir: t.TempDir(), Cars: world.Dir + "/cars", Key: pupil.Dir + ".json", KillAt: step}
			require.NoError(t, pupil.Wallet.Save(j.Key))
			goOn := func(kind, _ string) {
				switch trainer.EventKind(kind) {
				case trainer.EventSubmitted:
					world.Until(t, creator, id, (*round.Round).SubmissionsClose)
				case trainer.EventPublished:
					world.JudgeSealed(t, id, creator, judges, map[solana.PublicKey]uint32{round.BaseModel: 5000, pupil.Wallet.PublicKey(): 6000})
				}
			}
			first, killed := runTrainer(t, j, goOn)
			require.True(t, killed, "it ended by itself after %v", first)
			if step == trainer.EventClaimed {
				claimsNothingMore(t, j, pupil)
				return
			}
			j.KillAt = ""
			second, killed := runTrainer(t, j, goOn)
			require.False(t, killed)
			for _, once := range []trainer.EventKind{trainer.EventSubmitted, trainer.EventPublished, trainer.EventClaimed} {
				require.Equal(t, 1, count(append(first, second...), once), once)
			}
			require.Zero(t, count(second, trainer.EventTraining), "the finished training run was lost")
			require.NotEmpty(t, roundtest.SubmittedHead(t, creator, id, pupil.Wallet.PublicKey()))
		})
	}
}
