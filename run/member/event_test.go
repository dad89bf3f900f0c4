package member

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

func TestEventsInALogHaveNoZeroFields(t *testing.T) {
	root, wallet := CID(run.Digest{1}), solana.PublicKey{1}
	step := func(kind run.StepKind) run.Step { return run.Step{Kind: kind, RunID: "r", Epoch: 1, Round: 2} }
	slash := step(run.StepSlash)
	slash.Wallet = wallet
	for want, e := range map[string]Event{
		"level=INFO msg=ticked step=tick run=r epoch=1 round=2 signature=5x\n": {Kind: EventTicked, Step: step(run.StepTick), Signature: "5x"},
		"level=INFO msg=published step=publish run=r epoch=1 round=2 cid=" + root.String() + " published=\"[cars, read back from gateway]\"\n": {
			Kind: EventPublished, Step: step(run.StepPublish), CID: root, Published: []storage.Receipt{{Backend: "cars", VerifiedBy: "gateway"}}},
		"level=INFO msg=seen step=seen run=r epoch=1 round=2 updates=2\n":                      {Kind: EventSeen, Step: step(run.StepSeen), Slots: run.SlotsOf(0, 9)},
		"level=WARN msg=rejected step=commit run=r epoch=1 round=2 slot=0 error=\"far off\"\n": {Kind: EventRejected, Step: step(run.StepCommit), Err: errors.New("far off")},
		"level=INFO msg=revealed step=reveal run=r epoch=1 round=2 included=1 accuracy=8512\n": {
			Kind: EventRevealed, Step: step(run.StepReveal), Ballot: run.Ballot{Included: run.SlotsOf(3), Accuracy: 8512}},
		"level=INFO msg=slashed step=slash run=r epoch=1 round=2 wallet=" + wallet.String() + " points=0\n": {Kind: EventSlashed, Step: slash},
		"level=INFO msg=claimed step=claim run=r epoch=1 round=2 points=7\n":                                {Kind: EventClaimed, Step: step(run.StepClaim), Points: 7},
		"level=DEBUG msg=training step=train run=r epoch=1 round=2 pass=1 batch=4 loss=0.5\n":               {Kind: EventTraining, Step: step(run.StepTrain), Progress: fit.Progress{Epoch: 1, Batch: 4, Loss: 0.5}},
		"level=INFO msg=submitted step=train run=r epoch=1 round=2 samples=80 duration=1s\n":                {Kind: EventSubmitted, Step: step(run.StepTrain), Result: &fit.Result{Samples: 80, Duration: time.Second}},
		"level=WARN msg=failed error=429 retry=1m0s\n":                                                      {Kind: EventFailed, Err: errors.New("429"), Retry: time.Minute},
	} {
		var out bytes.Buffer
		told := 0
		w := Worker{cfg: Config{Observer: func(Event) { told++ }, Logger: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug,
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			},
		}))}}
		w.report(e)
		require.Equal(t, want, out.String())
		require.Equal(t, 1, told)
	}
}

// What a worker has in use can be asked for at any time, also while it fetches.
func TestUsage(t *testing.T) {
	w := Worker{cache: cache{x: safetensors.Tensor{Data: make([]float32, 10)}, y: make([]int, 5)}}
	require.Equal(t, Usage{Memory: 80, MaxComputing: 1}, w.Usage())
	w.busy.Add(1)
	w.cache.mu.Lock()
	defer w.cache.mu.Unlock()
	require.Equal(t, Usage{Memory: 80, Computing: 1, MaxComputing: 1}, w.Usage())
}
