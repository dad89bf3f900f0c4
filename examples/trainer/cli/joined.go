package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

// joining is a round that this trainer has taken into its work list. The model
// is part of it, since a chain that was set up anew counts its rounds from 0.
type joining struct {
	Round  uint64    `json:"round"`
	Model  string    `json:"model_cid"`
	Joined time.Time `json:"joined"`
}

// maxJoined bounds the work list: the oldest are forgotten, which costs nothing
// but the mark.
const maxJoined = 1000

// worklist are the rounds that were joined, in a file of the app's.
type worklist struct {
	mu   sync.Mutex
	call *app.Call
}

const worklistFile = "rounds.json"

func (w *worklist) read() ([]joining, error) {
	var list []joining
	err := w.call.ReadState(worklistFile, &list)
	return list, err
}

// has reports whether the round was joined.
func (w *worklist) has(r *round.Round) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list, err := w.read()
	return contains(list, r), err
}

func contains(list []joining, r *round.Round) bool {
	for _, j := range list {
		if j.Round == r.ID && j.Model == r.ModelCID {
			return true
		}
	}
	return false
}

// add joins a round; fresh reports whether it was not joined before.
func (w *worklist) add(r *round.Round) (fresh bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list, err := w.read()
	if err != nil || contains(list, r) {
		return false, err
	}
	list = append(list, joining{r.ID, r.ModelCID, time.Now().UTC()})
	if len(list) > maxJoined {
		list = list[len(list)-maxJoined:]
	}
	return true, w.call.WriteState(worklistFile, list)
}

// stars are the trainer's: those of a start, until its first submission makes its
// profile.
func stars(ctx context.Context, rounds *round.Client) (rating.Stars, error) {
	profile, err := rounds.Profile(ctx, rounds.Wallet())
	switch {
	case errors.Is(err, chain.ErrNotFound):
		return rating.Start, nil
	case err != nil:
		return 0, err
	}
	return profile.Stars, nil
}

// ensureProfile creates the trainer's profile on chain, once.
func ensureProfile(ctx context.Context, client *decloud.Client) (created bool, err error) {
	_, err = client.Rounds.Profile(ctx, client.Rounds.Wallet())
	if !errors.Is(err, chain.ErrNotFound) {
		return false, err
	}
	_, err = client.Rounds.CreateTrainerProfile(ctx)
	if errors.Is(err, chain.ErrAccountInUse) {
		return false, nil // another process of this wallet was faster
	}
	if err != nil {
		return false, fmt.Errorf("creating the trainer's profile: %w", err)
	}
	return true, nil
}
