package member

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/run"
)

// staked is what the member has put at stake over the whole run, in base units. It is
// written before anything is sent.
type staked struct {
	Put    uint64 // that is on chain for sure
	Adding uint64 // sent last, perhaps in vain
	From   uint64 // the effective stake before that
}

// settled takes what was sent last for put, unless the chain says that nothing came:
// only what is put changes a stake that takes no part.
func (s staked) settled(effective uint64) staked {
	if s.Adding > 0 && effective != s.From {
		s.Put += s.Adding
	}
	s.Adding, s.From = 0, effective
	return s
}

// add is how much more to put at stake where a run wants least: up to usual again, as
// far as limit allows. It fails where that is not enough.
func (s staked) add(effective, least, usual, limit uint64) (uint64, error) {
	if effective >= least {
		return 0, nil
	}
	more := min(max(usual, least)-effective, limit-min(limit, s.Put))
	if effective+more < least {
		return 0, worker.Permanent(fmt.Errorf("the run wants %d at stake, %d are left of the %d that were put in, and Config.MaxStake is %d: raise it to go on",
			least, effective, s.Put, limit))
	}
	return more, nil
}

func (s *state) stakeFile() string { return filepath.Join(s.dir, "staked.json") }

// stakeMore is what to add to the stake on joining, remembered before it is sent.
func (w *Worker) stakeMore(s *state) (uint64, error) {
	effective := uint64(0)
	if s.slot >= 0 {
		effective = s.Roster.Slots[s.slot].Effective()
	} else if s.member != nil {
		effective = s.member.Totals.Stake
	}
	var known staked
	b, err := os.ReadFile(s.stakeFile())
	if err == nil {
		err = json.Unmarshal(b, &known)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, worker.Permanent(fmt.Errorf("%s: %w: it says what was put at stake", s.stakeFile(), err))
	}
	known = known.settled(effective)
	more, err := known.add(effective, s.Run.Settings.MinStake, w.cfg.Stake, w.cfg.MaxStake)
	if err != nil || more == 0 {
		return 0, err
	}
	known.Adding = more
	if b, err = json.Marshal(known); err != nil {
		return 0, err
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return 0, err
	}
	return more, writeFile(s.stakeFile(), b)
}

// leave leaves between epochs, because too little is left at stake: the run does not
// count on this member any longer, which joins again if it may put in more.
func (w *Worker) leave(ctx context.Context, s *state, step run.Step) error {
	receipt, err := w.cfg.Runs.Leave(ctx, s.Run)
	if err == nil {
		w.report(Event{Kind: EventLeft, Step: step, Signature: receipt.Signature.String()})
	}
	return err
}
