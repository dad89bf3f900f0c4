package worker

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

var (
	// ErrFloor is wrapped where spending would leave less in the wallet than what has to stay.
	ErrFloor = errors.New("the wallet would fall under its floor")
	// ErrSpending is wrapped where spending would exceed the cap of a day.
	ErrSpending = errors.New("the spending cap of 24 hours is reached")
)

// Purse bounds what leaves a wallet: fees, rent and bonds. The zero value bounds nothing. It remembers what was spent for
// as long as the process lives. It is safe for concurrent use.
type Purse struct {
	Floor  uint64 // lamports that stay in the wallet
	PerDay uint64 // most lamports that leave it in any 24 hours, whether they come back or not; 0: any

	mu     sync.Mutex
	spent  uint64
	outlay []outlay // of the last 24 hours
}

// outlay is what was spent at a time.
type outlay struct {
	at       time.Time
	lamports uint64
}

// Spend books what is about to be spent, out of a wallet with that balance. It books nothing and fails with [ErrFloor]
// or [ErrSpending] where that is too much. undo takes it back, for what was not spent after all.
func (p *Purse) Spend(lamports, balance uint64) (undo func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(time.Now())
	if p.Floor > 0 && (balance < p.Floor || lamports > balance-p.Floor) {
		return nil, fmt.Errorf("%d lamports are needed, the wallet has %d and keeps %d: %w", lamports, balance, p.Floor, ErrFloor)
	}
	if p.PerDay > 0 && (p.spent >= p.PerDay || lamports > p.PerDay-p.spent) {
		return nil, fmt.Errorf("%d lamports are needed, %d of %d are spent: %w", lamports, p.spent, p.PerDay, ErrSpending)
	}
	if p.PerDay == 0 {
		return func() {}, nil
	}
	p.add(lamports)
	return sync.OnceFunc(func() { p.undo(lamports) }), nil
}

func (p *Purse) add(lamports uint64) {
	p.spent += lamports
	p.outlay = append(p.outlay, outlay{time.Now(), lamports})
}

// undo takes back an outlay of that size.
func (p *Purse) undo(lamports uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.outlay) - 1; i >= 0; i-- {
		if p.outlay[i].lamports == lamports {
			p.outlay = append(p.outlay[:i:i], p.outlay[i+1:]...)
			p.spent -= lamports
			return
		}
	}
}

// forget drops what was spent more than 24 hours ago.
func (p *Purse) forget(now time.Time) {
	for len(p.outlay) > 0 && now.Sub(p.outlay[0].at) >= 24*time.Hour {
		p.spent -= p.outlay[0].lamports
		p.outlay = p.outlay[1:]
	}
}
