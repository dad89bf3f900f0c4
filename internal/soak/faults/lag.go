package faults

import (
	"encoding/json"
	"sync"
)

// maxKept and maxKeptBytes bound what a node remembers of its answers.
const (
	maxKept      = 4096
	maxKeptBytes = 256 << 10 // of one answer
)

// answers are what a node answered last to each read, so that it can lag: then it shows nothing newer.
type answers struct {
	mu   sync.Mutex
	last map[string]json.RawMessage // results by method and parameters
}

// call is a request in JSON-RPC.
type call struct {
	ID     json.RawMessage
	Method string
	Params json.RawMessage
}

// absent are the results of a node that has not seen what it is asked for.
var absent = map[string]string{
	"getAccountInfo":       `{"context":{"slot":1},"value":null}`,
	"getTransaction":       `null`,
	"getSignatureStatuses": `{"context":{"slot":1},"value":[null]}`,
}

func (m *answers) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = nil
}

// keep remembers the answer to a read.
func (m *answers) keep(request, answer []byte) {
	var c call
	var a struct{ Result json.RawMessage }
	if len(answer) > maxKeptBytes || json.Unmarshal(request, &c) != nil || !reads(c.Method) || json.Unmarshal(answer, &a) != nil || a.Result == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil || len(m.last) >= maxKept {
		m.last = map[string]json.RawMessage{}
	}
	m.last[c.key()] = a.Result
}

// recall is the answer of a node that lags: what it answered last, or that it has not seen such a thing. It is nil where
// there is no such answer.
func (m *answers) recall(request []byte) []byte {
	var c call
	if json.Unmarshal(request, &c) != nil || !reads(c.Method) {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	result, ok := m.last[c.key()]
	if !ok {
		result = json.RawMessage(absent[c.Method])
	}
	if len(result) == 0 {
		return nil
	}
	return []byte(`{"jsonrpc":"2.0","id":` + string(orNull(c.ID)) + `,"result":` + string(result) + `}`)
}

func (c call) key() string { return c.Method + string(c.Params) }

// reads reports whether a method is one whose answer ages.
func reads(method string) bool {
	switch method {
	case "getAccountInfo", "getMultipleAccounts", "getProgramAccounts", "getSlot", "getBalance", "getTransaction", "getSignatureStatuses", "getBlockTime":
		return true
	}
	return false
}
