package view

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/run"
)

// Trail are the transactions about an account, the newest first.
type Trail struct {
	Entries []Entry `json:"entries"`
	// Older is the signature after which the next page begins; empty: the node keeps no older ones.
	Older string `json:"older,omitempty"`
}

// Entry is a transaction.
type Entry struct {
	Signature string     `json:"signature"`
	Slot      uint64     `json:"slot"`
	Time      *time.Time `json:"time"`
	Fee       Amount     `json:"fee"`
	Events    []Event    `json:"events"`
}

// Event is what one of the programs reported.
type Event struct {
	Name   string  `json:"name"`
	Fields []Field `json:"fields"`
}

// Transaction is a transaction with what its programs logged.
type Transaction struct {
	Chain Chain `json:"chain"`
	Entry
	Failure string   `json:"failure,omitempty"`
	Logs    []string `json:"logs"`
}

// trailSize is how many transactions one page has: each is a call to the node.
const trailSize = 20

// Trail reads the transactions that name an address and succeeded.
func (r *Reader) Trail(ctx context.Context, text, before string) (Trail, error) {
	key, err := addressOf(text)
	if err != nil {
		return Trail{}, err
	}
	h := chain.History{PageSize: trailSize}
	if before != "" {
		if h.Before, err = signatureOf(before); err != nil {
			return Trail{}, err
		}
	}
	t := Trail{Entries: []Entry{}}
	for receipt, err := range r.Chain.History(ctx, key, h) {
		if err != nil && receipt.Signature.IsZero() {
			return t, err
		}
		t.Entries = append(t.Entries, r.entry(receipt))
		if len(t.Entries) == trailSize {
			t.Older = receipt.Signature.String()
			break
		}
	}
	return t, nil
}

// entry says what a transaction did.
func (r *Reader) entry(receipt chain.Receipt) Entry {
	e := Entry{Signature: receipt.Signature.String(), Slot: receipt.Slot, Time: moment(receipt.Time), Fee: Amount(receipt.Fee), Events: []Event{}}
	if r.Rounds != nil {
		for _, one := range round.Events(r.Rounds.Addresses().Program, receipt.Logs) {
			e.Events = append(e.Events, eventOf(one))
		}
	}
	if r.Runs != nil {
		for _, one := range run.Events(r.Runs.Addresses().Program, receipt.Logs) {
			e.Events = append(e.Events, eventOf(one))
		}
	}
	return e
}

func eventOf(e any) Event {
	return Event{Name: words(reflect.Indirect(reflect.ValueOf(e)).Type().Name()), Fields: fieldsOf(e)}
}

// Transaction reads a transaction; one that failed has its Failure.
func (r *Reader) Transaction(ctx context.Context, text string) (Transaction, error) {
	sig, err := signatureOf(text)
	if err != nil {
		return Transaction{}, err
	}
	c, err := r.chain(ctx)
	if err != nil {
		return Transaction{}, err
	}
	receipt, err := r.Chain.Transaction(ctx, sig)
	var refused *chain.ProgramError
	if err != nil && !errors.As(err, &refused) {
		return Transaction{}, unknown(err, "transaction %s", text)
	}
	receipt.Signature = sig
	v := Transaction{Chain: c, Entry: r.entry(receipt), Logs: []string{}}
	if refused != nil {
		v.Failure, v.Events = plain(refused.Error()), []Event{}
	}
	for _, line := range receipt.Logs {
		v.Logs = append(v.Logs, plain(line))
	}
	return v, nil
}
