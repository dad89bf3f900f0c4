// Package jsonrpc is the transport-free half of a JSON-RPC 2.0 server
// (https://www.jsonrpc.org/specification): it takes the bytes of a request or a
// batch and returns the bytes of the answer. It knows nothing of Solana; HTTP
// and WebSocket connections share one Dispatcher.
package jsonrpc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Method answers one call. The result is encoded with encoding/json.
type Method func(ctx context.Context, params Params) (any, error)

// Limits bound what one request body may ask for.
type Limits struct {
	Batch         int // calls in one batch
	ResponseBytes int // bytes of all results of one body together
}

// Dispatcher finds and calls methods. It is safe for concurrent use as long as
// its methods are.
type Dispatcher struct {
	methods map[string]Method
	limits  Limits
}

// NewDispatcher serves methods by name within limits.
func NewDispatcher(methods map[string]Method, limits Limits) *Dispatcher {
	return &Dispatcher{methods: methods, limits: limits}
}

type request struct {
	Version string          `json:"jsonrpc"`
	Method  *string         `json:"method"`
	Params  json.RawMessage `json:"params"`
	ID      json.RawMessage `json:"id"`
}

// Serve answers a body that holds one request or a batch. The answer is nil if
// the body held only notifications. Serve never panics, and an answer is never
// larger than Limits.ResponseBytes plus the envelopes.
func (d *Dispatcher) Serve(ctx context.Context, body []byte) []byte {
	body = bytes.TrimSpace(body)
	budget := d.limits.ResponseBytes
	if len(body) == 0 || body[0] != '[' {
		return d.serveOne(ctx, body, &budget)
	}
	var batch []json.RawMessage
	if err := json.Unmarshal(body, &batch); err != nil {
		return failure(nil, parseError(err))
	}
	if len(batch) == 0 {
		return failure(nil, &Error{Code: CodeInvalidRequest, Message: "Invalid request: empty batch"})
	}
	if len(batch) > d.limits.Batch {
		return failure(nil, &Error{
			Code:    CodeInvalidRequest,
			Message: fmt.Sprintf("Invalid request: batch of %d calls, at most %d are served; send smaller batches", len(batch), d.limits.Batch),
		})
	}
	return d.serveBatch(ctx, batch, &budget)
}

func (d *Dispatcher) serveBatch(ctx context.Context, batch []json.RawMessage, budget *int) []byte {
	var answers [][]byte
	for _, one := range batch {
		if answer := d.serveOne(ctx, one, budget); answer != nil {
			answers = append(answers, answer)
		}
	}
	if answers == nil {
		return nil
	}
	var out bytes.Buffer
	out.WriteByte('[')
	out.Write(bytes.Join(answers, []byte{','}))
	out.WriteByte(']')
	return out.Bytes()
}

func (d *Dispatcher) serveOne(ctx context.Context, body []byte, budget *int) []byte {
	req, rpcErr := parseRequest(body)
	if rpcErr != nil {
		return failure(req.ID, rpcErr)
	}
	result, err := d.call(ctx, *req.Method, req.Params)
	if req.ID == nil { // a notification gets no answer
		return nil
	}
	if err != nil {
		return failure(req.ID, asError(err))
	}
	raw, err := encode(result)
	if err != nil {
		return failure(req.ID, asError(err))
	}
	if len(raw) > *budget {
		return failure(req.ID, &Error{Code: CodeInternal, Message: fmt.Sprintf(
			"the answer to %s exceeds the limit of %d bytes per request body; ask for less", *req.Method, d.limits.ResponseBytes)})
	}
	*budget -= len(raw)
	return success(req.ID, raw)
}

// call runs one method. A panic in a method is a bug of the server and must not
// end the user's process.
func (d *Dispatcher) call(ctx context.Context, name string, raw json.RawMessage) (result any, err error) {
	method, ok := d.methods[name]
	if !ok {
		return nil, &Error{Code: CodeMethodNotFound, Message: "Method not found"}
	}
	params, err := parseParams(raw)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s panicked: %v", name, r)
		}
	}()
	return method(ctx, params)
}

// parseRequest returns the id, which the answer needs, even with an error.
func parseRequest(body []byte) (request, *Error) {
	var req request
	if err := json.Unmarshal(body, &req); err != nil {
		var wrongType *json.UnmarshalTypeError
		if !errors.As(err, &wrongType) {
			return request{}, parseError(err)
		}
		return request{ID: validID(req.ID)}, &Error{Code: CodeInvalidRequest, Message: "Invalid request: " + err.Error()}
	}
	id := validID(req.ID)
	switch {
	case req.ID != nil && id == nil:
		return request{}, &Error{Code: CodeInvalidRequest, Message: "Invalid request: id must be a string, a number or null"}
	case req.Version != "2.0":
		return request{ID: id}, &Error{Code: CodeInvalidRequest, Message: "Unsupported JSON-RPC protocol version"}
	case req.Method == nil:
		return request{ID: id}, &Error{Code: CodeInvalidRequest, Message: "Invalid request: method is missing"}
	}
	return req, nil
}

// validID returns id if it is a string, a number or null, else nil.
func validID(id json.RawMessage) json.RawMessage {
	if len(id) == 0 || id[0] == '{' || id[0] == '[' || id[0] == 't' || id[0] == 'f' {
		return nil
	}
	return id
}

func parseError(err error) *Error {
	return &Error{Code: CodeParse, Message: "Parse error: " + err.Error()}
}

func asError(err error) *Error {
	var rpcErr *Error
	if errors.As(err, &rpcErr) {
		return rpcErr
	}
	return &Error{Code: CodeInternal, Message: "Internal error: " + err.Error()}
}
