package pubsub

import (
	"slices"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/rpcapi"
)

// subscription turns events into notifications for one client.
type subscription struct {
	id      uint64
	kind    string // such as "account", of accountNotification
	on      interest
	once    bool // ends with the first notification
	slots   bool // wants slots that end without a transaction
	results func(svm.Event) []any
}

// response is a value with its slot; unlike RPC responses, notifications have
// no API version.
type response struct {
	Context struct {
		Slot uint64 `json:"slot"`
	} `json:"context"`
	Value any `json:"value"`
}

func at(slot uint64, value any) response {
	r := response{Value: value}
	r.Context.Slot = slot
	return r
}

// accountResults notifies of changes of one account. A removed account is shown
// empty and owned by the system program.
func (h *Hub) accountResults(key solana.PublicKey, view rpcapi.View) func(svm.Event) []any {
	return func(ev svm.Event) []any {
		for _, change := range ev.Accounts {
			if change.Key == key {
				return []any{at(ev.Slot, h.show(view, change.Account))}
			}
		}
		return nil
	}
}

// programResults notifies of changes of accounts that the program owns after
// the change.
func (h *Hub) programResults(program solana.PublicKey, view rpcapi.View, filters []rpcapi.Filter) func(svm.Event) []any {
	return func(ev svm.Event) []any {
		var results []any
		for _, change := range ev.Accounts {
			acc := change.Account
			if acc.Lamports > 0 && acc.Owner == program && rpcapi.Matches(filters, acc.Data) {
				results = append(results, at(ev.Slot, rpcapi.KeyedAccount{Pubkey: change.Key, Account: h.show(view, acc)}))
			}
		}
		return results
	}
}

// show encodes an account. If its data is too large for the encoding, an error
// text takes its place, as in Agave.
func (h *Hub) show(view rpcapi.View, acc svm.Account) any {
	shown, err := h.accounts.Encode(view, acc)
	if err != nil {
		return rpcapi.EncodeWith(acc, "error: data too large for bs58 encoding")
	}
	return shown
}

type logs struct {
	Signature solana.Signature      `json:"signature"`
	Err       *svm.TransactionError `json:"err"`
	Logs      []string              `json:"logs"`
}

// logResults notifies of the logs of every transaction, or of those that
// mention a key.
func logResults(mentions *solana.PublicKey) func(svm.Event) []any {
	return func(ev svm.Event) []any {
		res := ev.Result
		if res == nil || (mentions != nil && !slices.Contains(res.Keys, *mentions)) {
			return nil
		}
		lines := res.Logs
		if lines == nil {
			lines = []string{}
		}
		return []any{at(ev.Slot, logs{res.Signature, res.Err, lines})}
	}
}

type signatureStatus struct {
	Err *svm.TransactionError `json:"err"`
}

// signatureResults notifies of the outcome of one transaction.
func signatureResults(sig solana.Signature, received bool) func(svm.Event) []any {
	return func(ev svm.Event) []any {
		if ev.Result == nil || ev.Result.Signature != sig {
			return nil
		}
		return signatureOutcome(ev.Slot, ev.Result.Err, received)
	}
}

func signatureOutcome(slot uint64, err *svm.TransactionError, received bool) []any {
	var results []any
	if received {
		results = append(results, at(slot, "receivedSignature"))
	}
	return append(results, at(slot, signatureStatus{err}))
}

type slotInfo struct {
	Slot   uint64 `json:"slot"`
	Parent uint64 `json:"parent"`
	Root   uint64 `json:"root"`
}

// slotResults notifies of slots that have ended. Of several that ended at once,
// as after a warp, the last one stands for all.
func slotResults(ev svm.Event) []any {
	if !ev.Ended {
		return nil
	}
	return []any{slotInfo{ev.Slot, ev.Parent, ev.Slot}}
}

func rootResults(ev svm.Event) []any {
	if !ev.Ended {
		return nil
	}
	return []any{ev.Slot}
}
