package pubsub

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
	"github.com/decloud-sdk/decloud-go/localnet/internal/rpcapi"
)

// methods returns the methods of one connection. They run with c.mu held and
// must not call the bank, whose goroutine may be waiting for c.mu.
func (c *conn) methods() map[string]jsonrpc.Method {
	methods := map[string]jsonrpc.Method{
		"accountSubscribe":   c.accountSubscribe,
		"blockSubscribe":     c.blockSubscribe,
		"programSubscribe":   c.programSubscribe,
		"logsSubscribe":      c.logsSubscribe,
		"signatureSubscribe": c.signatureSubscribe,
		"slotSubscribe":      c.slotsSubscribe("slot", slotResults),
		"rootSubscribe":      c.slotsSubscribe("root", rootResults),
	}
	for _, kind := range []string{"account", "block", "program", "logs", "signature", "slot", "root"} {
		methods[kind+"Unsubscribe"] = c.unsubscribe
	}
	return methods
}

// subscribe adds a subscription and returns its id.
func (c *conn) subscribe(s *subscription) (any, error) {
	if len(c.subs) >= c.hub.limits.Subscriptions {
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeInternal, Message: "Internal Error: Subscription refused. Node subscription limit reached"}
	}
	s.id = c.hub.nextID.Add(1)
	c.subs = append(c.subs, s)
	c.hub.watch(c, s.on, 1)
	if s.slots {
		c.hub.slots.acquire()
	}
	return s.id, nil
}

func (c *conn) unsubscribe(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Count(1, 1); err != nil {
		return nil, err
	}
	var id uint64
	if err := p.Require(0, &id); err != nil {
		return nil, err
	}
	if !c.forget(id) {
		return nil, jsonrpc.InvalidParams("Invalid subscription id.")
	}
	return true, nil
}

// forget removes a subscription and reports whether there was one.
func (c *conn) forget(id uint64) bool {
	i := slices.IndexFunc(c.subs, func(s *subscription) bool { return s.id == id })
	if i < 0 {
		return false
	}
	c.hub.watch(c, c.subs[i].on, -1)
	if c.subs[i].slots {
		c.hub.slots.release()
	}
	c.subs = slices.Delete(c.subs, i, i+1)
	return true
}

// forgetAll removes all subscriptions of a connection that has ended.
func (c *conn) forgetAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.subs) > 0 {
		c.forget(c.subs[0].id)
	}
}

func (c *conn) slotsSubscribe(kind string, results func(svm.Event) []any) jsonrpc.Method {
	return func(_ context.Context, p jsonrpc.Params) (any, error) {
		if err := p.Count(0, 0); err != nil {
			return nil, err
		}
		return c.subscribe(&subscription{kind: kind, results: results, slots: true})
	}
}

// subscribeConfig is the union of the configuration objects of all
// subscriptions.
type subscribeConfig struct {
	rpcapi.View
	Commitment     *string         `json:"commitment"`
	Filters        []rpcapi.Filter `json:"filters"`
	NotifyReceived bool            `json:"enableReceivedNotification"`
}

func configParam(p jsonrpc.Params) (cfg subscribeConfig, err error) {
	if err := p.Count(1, 2); err != nil {
		return cfg, err
	}
	if err := p.Decode(1, &cfg); err != nil {
		return cfg, err
	}
	if err := rpcapi.CheckCommitment(cfg.Commitment); err != nil {
		return cfg, err
	}
	if err := rpcapi.CheckFilters(cfg.Filters); err != nil {
		return cfg, err
	}
	return cfg, cfg.Check()
}

func (c *conn) accountSubscribe(_ context.Context, p jsonrpc.Params) (any, error) {
	cfg, err := configParam(p)
	if err != nil {
		return nil, err
	}
	key, err := rpcapi.KeyParam(p, 0)
	if err != nil {
		return nil, err
	}
	return c.subscribe(&subscription{kind: "account", on: inAccount(key), results: c.hub.accountResults(key, cfg.View)})
}

func (c *conn) programSubscribe(_ context.Context, p jsonrpc.Params) (any, error) {
	cfg, err := configParam(p)
	if err != nil {
		return nil, err
	}
	key, err := rpcapi.KeyParam(p, 0)
	if err != nil {
		return nil, err
	}
	return c.subscribe(&subscription{kind: "program", results: c.hub.programResults(key, cfg.View, cfg.Filters)})
}

func (c *conn) logsSubscribe(_ context.Context, p jsonrpc.Params) (any, error) {
	if _, err := configParam(p); err != nil {
		return nil, err
	}
	var filter logsFilter
	if err := p.Require(0, &filter); err != nil {
		return nil, err
	}
	if filter.all {
		return c.subscribe(&subscription{kind: "logs", results: logResults(nil)})
	}
	if len(filter.Mentions) != 1 {
		return nil, jsonrpc.InvalidParams("Invalid Request: Only 1 address supported")
	}
	key, err := rpcapi.ParseKey(filter.Mentions[0])
	if err != nil {
		return nil, err
	}
	return c.subscribe(&subscription{kind: "logs", results: logResults(&key)})
}

// logsFilter is "all", "allWithVotes" (here the same) or {"mentions":[key]}.
type logsFilter struct {
	all      bool
	Mentions []string `json:"mentions"`
}

func (f *logsFilter) UnmarshalJSON(raw []byte) error {
	if raw[0] != '"' {
		type plain logsFilter
		return json.Unmarshal(raw, (*plain)(f))
	}
	var name string
	if err := json.Unmarshal(raw, &name); err != nil {
		return err
	}
	if name != "all" && name != "allWithVotes" {
		return jsonrpc.InvalidParams("unknown variant `%.20s`, expected one of `all`, `allWithVotes`, `mentions`", name)
	}
	f.all = true
	return nil
}

// signatureSubscribe also reports a transaction that was processed before: a
// client that subscribes after sending must not wait forever.
func (c *conn) signatureSubscribe(_ context.Context, p jsonrpc.Params) (any, error) {
	cfg, err := configParam(p)
	if err != nil {
		return nil, err
	}
	sig, err := rpcapi.SignatureParam(p, 0)
	if err != nil {
		return nil, err
	}
	s := &subscription{kind: "signature", on: inSignature(sig), once: true, results: signatureResults(sig, cfg.NotifyReceived)}
	id, err := c.subscribe(s)
	if err != nil {
		return nil, err
	}
	c.afterAnswer = append(c.afterAnswer, func() { c.deliverStatus(s, sig, cfg.NotifyReceived) })
	return id, nil
}

// deliverStatus delivers the status of a processed transaction, unless its
// event has already done so.
func (c *conn) deliverStatus(s *subscription, sig solana.Signature, received bool) {
	slot, txErr, ok := c.hub.bank.Status(sig)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Contains(c.subs, s) {
		c.deliver(s, signatureOutcome(slot, txErr, received))
	}
}
