package round_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// maxUnits is the declared bound on the compute units of one instruction.
const maxUnits = 30_000

// allowed are the custom errors that the program's specification names, and 0 and 1 of the system program.
var allowed = func() map[uint32]bool {
	m := map[uint32]bool{}
	for _, code := range []uint32{0, 1, 100, 101, 102, 2000, 2001, 2003, 2006, 2012, 2040, 3001, 3002, 3003, 3005, 3007, 3008, 3010, 3011, 3012} {
		m[code] = true
	}
	for code := uint32(6000); code <= 6040; code++ {
		m[code] = true
	}
	return m
}()

// judge says what is wrong with the outcome of a transaction. before is the state it ran in.
func (a *arena) judge(w *wire, calls []fuzzCall, res *svm.Result, before func(solana.PublicKey) svm.Account) error {
	if res.ComputeUnits > maxUnits*uint64(len(calls)) {
		return fmt.Errorf("%d compute units for %d instructions", res.ComputeUnits, len(calls))
	}
	if len(res.PreBalances) != len(res.Keys) {
		return fmt.Errorf("it did not run: %w (%s)", res.Err, res.Detail)
	}
	fee := res.Fee
	for i, pre := range res.PreBalances {
		if fee += res.PostBalances[i] - pre; res.Err != nil && i > 0 && res.PostBalances[i] != pre {
			return fmt.Errorf("it failed and moved lamports of %s", res.Keys[i])
		}
	}
	if fee != 0 { // what was paid beyond the fee, and nobody got: 0 modulo 2^64
		return fmt.Errorf("lamports are out of place: %d", int64(fee))
	}
	if res.Err == nil {
		return a.judgeAccounts(w, calls, res, before)
	}
	switch ix := res.Err.Instruction; {
	case ix != nil && ix.Kind == "Custom" && allowed[ix.Code]:
		return nil
	case res.Err.Kind == "InsufficientFundsForRent" && a.wallets[res.Keys[res.Err.Index]] && w.signed(res.Keys[res.Err.Index]):
		return nil // the runtime's word to somebody who pays and would be left with too little
	}
	return fmt.Errorf("fault: %w", res.Err)
}

// judgeAccounts looks at every account that a transaction could write.
func (a *arena) judgeAccounts(w *wire, calls []fuzzCall, res *svm.Result, before func(solana.PublicKey) svm.Account) error {
	after := func(key solana.PublicKey) svm.Account {
		if acc, ok := res.PostAccounts[key]; ok {
			return acc
		}
		return before(key)
	}
	if err := a.stakesAddUp(w, res, before); err != nil {
		return err
	}
	for _, key := range w.keys {
		post, ok := res.PostAccounts[key]
		if !ok {
			continue
		}
		pre := before(key)
		err := a.transition(pre, post, w.signed(key))
		if err == nil && a.owns(pre) && a.owns(post) {
			err = a.rewritten(pre, post, w.signed, func(id uint64) uint64 { return bondOf(before(a.roundAt(id))) })
		}
		spoilt := a.owns(pre) && kindOf(pre) == 0
		if spoilt && err == nil && (pre.Lamports != post.Lamports || !bytes.Equal(pre.Data, post.Data)) {
			err = errors.New("an account of no kind was written")
		}
		if err == nil && a.owns(post) && !spoilt {
			err = a.holds(post, after)
		}
		if err == nil && len(calls) == 1 && a.owns(pre) && post.Lamports == 0 {
			err = a.refunded(a.names[binary.LittleEndian.Uint64(calls[0].Data)], pre, before, after)
		}
		if err != nil {
			return fmt.Errorf("account %s: %w", key, err)
		}
	}
	return nil
}

// stakesAddUp requires that the sum of all stakes changed by what the stakes did that are a part of it.
func (a *arena) stakesAddUp(w *wire, res *svm.Result, before func(solana.PublicKey) svm.Account) error {
	sum := func(acc svm.Account) uint64 {
		switch {
		case !a.owns(acc) || kindOf(acc) == 0:
			return 0
		case len(acc.Data) == sizeStake:
			return account(acc.Data).u64(40)
		case len(acc.Data) == sizeCounter:
			return -account(acc.Data).u64(189)
		}
		return 0
	}
	var change uint64
	for _, key := range w.keys {
		if post, ok := res.PostAccounts[key]; ok {
			change += sum(post) - sum(before(key))
		}
	}
	if change != 0 {
		return fmt.Errorf("the sum of the stakes is off by %d", int64(change))
	}
	return nil
}

// bondOf is the bond of a round.
func bondOf(round svm.Account) uint64 {
	if len(round.Data) != sizeRound {
		return 0
	}
	return account(round.Data).u64(856)
}

func (a *arena) owns(acc svm.Account) bool {
	return acc.Owner == a.id && !acc.Executable && acc.Lamports > 0
}

// transition judges what holds for accounts of any kind.
func (a *arena) transition(pre, post svm.Account, signed bool) error {
	minimum := svm.RentExempt(len(post.Data))
	switch {
	case post.Lamports > 0 && post.Lamports < minimum && (post.Lamports < pre.Lamports || pre.Lamports == 0 || post.Owner != pre.Owner):
		return fmt.Errorf("left with %d lamports, %d are the rent minimum", post.Lamports, minimum)
	case a.owns(pre) && !a.owns(post) && (post.Lamports > 0 || len(post.Data) > 0):
		return fmt.Errorf("given up and not closed")
	case a.owns(pre):
		return nil
	case post.Lamports < pre.Lamports && !signed:
		return fmt.Errorf("lost %d lamports without a signature", pre.Lamports-post.Lamports)
	case a.owns(post):
		if pre.Lamports > 0 && (pre.Owner != solana.SystemProgramID || len(pre.Data) > 0) {
			return fmt.Errorf("taken from %s", pre.Owner)
		}
		return nil
	case post.Lamports > 0 && pre.Lamports > 0 && (post.Owner != pre.Owner || !bytes.Equal(post.Data, pre.Data)):
		return fmt.Errorf("an account of %s was written", pre.Owner)
	}
	return nil
}

// refunded requires that the lamports of a closed account went to whom they belong, where nothing else costs them any.
func (a *arena) refunded(name string, pre svm.Account, before, after func(solana.PublicKey) svm.Account) error {
	d, at := account(pre.Data), 16 // the trainer, validator or creator
	switch {
	case name == "withdraw_remainder", name == "cancel_round": // the vault names nobody
		return nil
	case name == "close_commitment", name == "close_validation" && (len(d) == sizePost || len(d) == sizeUnopened):
		at = 48
	case name == "slash_commitment":
		if owner := d.key(48); after(owner).Lamports-before(owner).Lamports < pre.Lamports {
			return errors.New("the rent of a commitment is not its validator's")
		}
		return nil
	case name != "close_validation" && name != "close_gradient" && name != "close_round":
		return nil
	}
	owner := d.key(at)
	if gain := after(owner).Lamports - before(owner).Lamports; gain != pre.Lamports {
		return fmt.Errorf("closed with %d lamports, of which %s got %d", pre.Lamports, owner, int64(gain))
	}
	return nil
}
