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

// keyTimeout is how long Lighthouse may take for each answer.
const keyTimeout = 30 * time.Second

// maxMessage bounds the message that a wallet is asked to sign, in bytes.
const maxMessage = 4096

// CreateKey creates an API key for the owner of a Solana wallet: it asks
// Lighthouse for a message, has sign sign it (ed25519 over the message's bytes)
// and exchanges the signature for the key. publicKey is the wallet's address in
// base58, keyName a label of your choice. sign may show the message to the user
// and take its time; Lighthouse has 30 s for each of its two answers.
func CreateKey(ctx context.Context, o Options, publicKey, keyName string, sign func(ctx context.Context, message []byte) ([]byte, error)) (storage.Secret, error) {
	base := API
	if o.Base != "" {
		base = o.Base
	}
	c, err := httpx.New("lighthouse", base, httpx.Options{HTTP: o.Client, PlainHTTP: o.PlainHTTP})
	if err != nil {
		return storage.Secret{}, err
	}
	s := keyService{c}
	if key, err := base58.Decode(publicKey); err != nil || len(key) != 32 {
		return storage.Secret{}, s.fail(fmt.Errorf("%q is not the address of a Solana wallet", publicKey))
	}
	message, err := s.message(ctx, publicKey)
	if err != nil {
		return storage.Secret{}, err
	}
	signature, err := sign(ctx, []byte(message))
	if err != nil {
		return storage.Secret{}, s.fail(fmt.Errorf("sign: %w", err))
	}
	return s.create(ctx, publicKey, keyName, signature)
}

// keyService is the part of Lighthouse's API that creates keys.
type keyService struct{ c *httpx.Client }

func (s keyService) fail(err error) error { return s.c.Fail("create key", cid.Undef, err) }

// call sends r and decodes the answer, one JSON string.
func (s keyService) call(ctx context.Context, r httpx.Request) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, keyTimeout, fmt.Errorf("no answer in %s: %w", keyTimeout, storage.ErrIncomplete))
	defer cancel()
	data, err := s.c.Call(ctx, "create key", cid.Undef, r)
	if err != nil && ctx.Err() != nil {
		err = s.fail(context.Cause(ctx))
	}
	if err != nil {
		return "", err
	}
	text, err := jsonString(data)
	if err != nil {
		return "", s.fail(err)
	}
	return text, nil
}

// message asks for the message to sign, and refuses one that could be a
// transaction.
func (s keyService) message(ctx context.Context, publicKey string) (string, error) {
	message, err := s.call(ctx, httpx.Request{Path: "/api/auth/get_message", Query: url.Values{"publicKey": {publicKey}}})
	if err != nil {
		return "", err
	}
	if len(message) == 0 || len(message) > maxMessage {
		return "", s.fail(fmt.Errorf("message of %d bytes to sign: %w", len(message), storage.ErrUnsupported))
	}
	if !isText(message) {
		return "", s.fail(fmt.Errorf("the message to sign is not plain text; it could be a transaction: %w", storage.ErrUnsupported))
	}
	return message, nil
}

// create exchanges the signature for a key.
func (s keyService) create(ctx context.Context, publicKey, keyName string, signature []byte) (storage.Secret, error) {
	body, err := json.Marshal(map[string]string{"publicKey": publicKey, "signedMessage": base58.Encode(signature), "keyName": keyName})
	if err != nil {
		return storage.Secret{}, s.fail(err)
	}
	key, err := s.call(ctx, httpx.Request{
		Method: http.MethodPost, Path: "/api/auth/create_api_key", Body: bytes.NewReader(body), ContentType: "application/json",
	})
	if err != nil {
		return storage.Secret{}, err
	}
	if key == "" {
		return storage.Secret{}, s.fail(fmt.Errorf("the answer holds no key: %w", storage.ErrUnsupported))
	}
	return storage.NewSecret(key), nil
}

// isText reports whether message has only printable characters and newlines. A
// Solana transaction starts with control characters, so a message that passes
// is not a transaction, and signing it cannot move funds.
func isText(message string) bool {
	if !utf8.ValidString(message) {
		return false
	}
	return !strings.ContainsFunc(message, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) && message[0] != '\n'
}

// jsonString decodes an answer that is one JSON string. The error does not
// quote it: it may be the key.
func jsonString(data []byte) (string, error) {
	var s string
	if json.Unmarshal(data, &s) != nil {
		return "", fmt.Errorf("the answer is not a JSON string: %w", storage.ErrUnsupported)
	}
	return s, nil
}
