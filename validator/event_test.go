package validator

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/worker"
)

func TestEventsInALogHaveNoZeroFields(t *testing.T) {
	trainer := solana.PublicKey{1}
	for want, e := range map[string]Event{
		"level=INFO msg=base round=0 model=base accuracy=0 verdict=scored committed=true signature=5x\n": {
			Kind: EventBase, HasRound: true, Committed: true, Signature: "5x"},
		"level=INFO msg=gradient round=7 model=" + trainer.String() + " accuracy=8512 verdict=copy reason=\"a copy\" signature=5x\n": {
			Kind: EventGradient, HasRound: true, RoundID: 7, Trainer: trainer, Score: Score{Accuracy: 8512, Verdict: Copy, Reason: "a copy"}, Signature: "5x"},
		"level=WARN msg=failed error=429 retry=1m0s\n": {Kind: EventFailed, Err: errors.New("429"), Retry: time.Minute},
		"level=INFO msg=refused round=7 error=dust\n":  {Kind: EventRefused, HasRound: true, RoundID: 7, Err: errors.New("dust")},
		"level=INFO msg=settled round=7 settled=3\n":   {Kind: EventSettled, HasRound: true, RoundID: 7, Settled: 3},
	} {
		var out bytes.Buffer
		w := Worker{cfg: Config{Observer: func(Event) {}, Logger: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			},
		}))}}
		w.tell(e)
		require.Equal(t, want, out.String())
	}
	worker.Log(nil, slog.LevelError, "nobody listens", Event{})
}
