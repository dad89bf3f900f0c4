package lighthouse

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ipfs/go-cid"
	"github.com/mr-tron/base58"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/internal/httpx"
)

// keyTimeout is how long Lighthouse may take to answer.
const keyTimeout = 30 * time.Second

// maxMessage bounds what a wallet is asked to sign, bytes.
const maxMessage = 4096

// CreateKey makes an API key for the owner of a Solana wallet: it asks for a
// message, has sign sign it (ed25519 over the message's bytes), and trades the
// signature for the key. publicKey is the wallet's address in base58. A sign that
// shows the message to its user knows what it agrees to, and may take its time;
// the service is given 30 s for each answer.
func CreateKey(ctx context.Context, o Options, publicKey, keyName string, sign func(ctx context.Context, message []byte) ([]byte, error)) (storage.Secret, error) {
	base := API
	if o.Base != "" {
		base = o.Base
	}
	c, err := httpx.New("lighthouse", base, o.Client, nil)
	if err != nil {
		return "", err
	}
	fail := func(err error) error { return c.Fail("create key", cid.Undef, err) }
	if key, err := base58.Decode(publicKey); err != nil || len(key) != 32 {
		return "", fail(fmt.Errorf("%q is no address of a Solana wallet", publicKey))
	}
	call := func(r httpx.Request) ([]byte, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, keyTimeout, fmt.Errorf("no answer in %s: %w", keyTimeout, storage.ErrIncomplete))
		defer cancel()
		data, err := c.Call(ctx, "create key", cid.Undef, r)
		if err != nil && ctx.Err() != nil {
			err = fail(context.Cause(ctx))
		}
		return data, err
	}
	data, err := call(httpx.Request{Path: "/api/auth/get_message", Query: url.Values{"publicKey": {publicKey}}})
	if err != nil {
		return "", err
	}
	message, err := text(data)
	if err != nil {
		return "", fail(err)
	}
	if len(message) == 0 || len(message) > maxMessage {
		return "", fail(fmt.Errorf("message of %d bytes to sign: %w", len(message), storage.ErrUnsupported))
	}
	if !isText(message) {
		return "", fail(fmt.Errorf("what is to be signed is not plain text; it could be a transaction: %w", storage.ErrUnsupported))
	}
	signature, err := sign(ctx, []byte(message))
	if err != nil {
		return "", fail(fmt.Errorf("sign: %w", err))
	}
	body, err := json.Marshal(map[string]string{"publicKey": publicKey, "signedMessage": base58.Encode(signature), "keyName": keyName})
	if err != nil {
		return "", fail(err)
	}
	data, err = call(httpx.Request{
		Method: http.MethodPost, Path: "/api/auth/create_api_key", Body: bytes.NewReader(body), ContentType: "application/json",
	})
	if err != nil {
		return "", err
	}
	key, err := text(data)
	if err != nil {
		return "", fail(err)
	}
	if key == "" {
		return "", fail(fmt.Errorf("the answer holds no key: %w", storage.ErrUnsupported))
	}
	return storage.Secret(key), nil
}

// isText reports whether every character can be seen. The header of a Solana
// transaction is made of control characters, so what passes is none, and its
// signature moves nothing.
func isText(message string) bool {
	if !utf8.ValidString(message) {
		return false
	}
	return !strings.ContainsFunc(message, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) && message[0] != '\n'
}

// text reads an answer that is one JSON string. Its bytes are kept out of the
// error: they may be the key.
func text(data []byte) (string, error) {
	var s string
	if json.Unmarshal(data, &s) != nil {
		return "", fmt.Errorf("the answer is no JSON string: %w", storage.ErrUnsupported)
	}
	return s, nil
}
