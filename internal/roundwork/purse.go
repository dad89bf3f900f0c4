package roundwork

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/dirlock"
)

var (
	// ErrFloor is wrapped where spending would leave less in the wallet than what has to stay.
	ErrFloor = errors.New("the wallet would fall under its floor")
	// ErrSpending is wrapped where spending would exceed the cap of a day.
	ErrSpending = errors.New("the spending cap of 24 hours is reached")
)

// Purse bounds what leaves a wallet: fees, rent and bonds, in any 24 hours and by what stays. What was spent is kept in a
// file, so that it counts after a restart too, and for all processes that share the file. The zero value bounds nothing.
// It is safe for concurrent use.
type Purse struct {
	Floor  uint64 // lamports that stay in the wallet
	PerDay uint64 // most lamports that leave it in any 24 hours, whether they come back or not; 0: any
	Path   string // of the file, which is only used where PerDay is set

	mu sync.Mutex
}

// Check fails with [ErrFloor] or [ErrSpending] where so much could not be spent now, out of a wallet with that balance.
func (p *Purse) Check(ctx context.Context, lamports, balance uint64) error {
	if err := p.keepsFloor(lamports, balance); err != nil || p.PerDay == 0 {
		return err
	}
	return p.open(ctx, func(l ledger) error { return p.withinCap(l, lamports) })
}

// Spend notes what is about to be spent, and fails as Check does. What is owed is noted whatever the bounds are, and may be
// spent where it cannot be noted. settle
// replaces it by what was spent in the end, 0 for nothing, once.
func (p *Purse) Spend(ctx context.Context, lamports, balance uint64, owed bool) (settle func(actual uint64), err error) {
	if err := p.keepsFloor(lamports, balance); err != nil && !owed {
		return nil, err
	}
	if p.PerDay == 0 {
		return func(uint64) {}, nil
	}
	var minute time.Time
	err = p.open(ctx, func(l ledger) error {
		if err := p.withinCap(l, lamports); err != nil && !owed {
			return err
		}
		minute = l.add(time.Now(), lamports)
		return l.write(p.Path)
	})
	if err != nil && owed {
		return func(uint64) {}, nil // on a full disk too: more would be lost than what is not counted
	}
	if err != nil {
		return nil, err
	}
	var once sync.Once
	return func(actual uint64) { once.Do(func() { p.settle(minute, lamports, actual) }) }, nil
}

// settle corrects what was noted. Where that fails, too much stays noted, which does no harm.
func (p *Purse) settle(minute time.Time, noted, actual uint64) {
	if noted == actual {
		return
	}
	_ = p.open(context.Background(), func(l ledger) error {
		if _, counts := l[minute]; !counts {
			return nil
		}
		l[minute] = plus(l[minute]-min(l[minute], noted), actual)
		return l.write(p.Path)
	})
}

func (p *Purse) keepsFloor(lamports, balance uint64) error {
	if p.Floor > 0 && (balance < p.Floor || lamports > balance-p.Floor) {
		return fmt.Errorf("%d lamports are needed, the wallet has %d and keeps %d: %w", lamports, balance, p.Floor, ErrFloor)
	}
	return nil
}

func (p *Purse) withinCap(l ledger, lamports uint64) error {
	if spent := l.total(); spent >= p.PerDay || lamports > p.PerDay-spent {
		return fmt.Errorf("%d lamports are needed, %d of %d are spent: %w", lamports, spent, p.PerDay, ErrSpending)
	}
	return nil
}

const (
	// lockTries and lockPause bound the wait for another process that has the file for some milliseconds.
	lockTries = 200
	lockPause = 10 * time.Millisecond
)

// open reads the file and passes it to do, which may write it, while no other process can.
func (p *Purse) open(ctx context.Context, do func(ledger) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	lock, err := dirlock.AcquireFile(p.Path + ".lock")
	for n := 1; errors.Is(err, dirlock.ErrLocked) && n < lockTries; n++ {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(lockPause):
		}
		lock, err = dirlock.AcquireFile(p.Path + ".lock")
	}
	if err != nil {
		return unnoted(err)
	}
	defer lock.Close()
	l, err := readLedger(p.Path)
	if err != nil {
		return err
	}
	l.forget(time.Now())
	return do(l)
}
