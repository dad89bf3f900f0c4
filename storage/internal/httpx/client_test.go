package httpx

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, " 120 ": 2 * time.Minute, "-5": 0, "soon": 0, "1e9": 0, "99999999999": 0,
		now.Add(time.Minute).Format(http.TimeFormat):  time.Minute,
		now.Add(-time.Minute).Format(http.TimeFormat): 0,
	} {
		require.Equal(t, want, retryAfter(in, now), in)
	}
}

func TestMessage(t *testing.T) {
	for in, want := range map[string]string{
		`{"Message":"no space","Code":0,"Type":"error"}`:           "no space",
		`{"error":"too large"}`:                                    "too large",
		`{"error":{"reason":"NO_SCOPES_FOUND","details":"a key"}}`: "NO_SCOPES_FOUND a key",
		`{"error":{"message":"failed"}}`:                           "failed",
		`{}`:                                                       "",
		"one line\nand another":                                    "one line",
		"<html>a page</html>":                                      "",
		"\xff\xfe":                                                 "?",
		"":                                                         "",
	} {
		require.Equal(t, want, message([]byte(in)), in)
	}
	require.Less(t, len(message([]byte(strings.Repeat("a", 1<<16)))), 210)
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte(`{"error":{"reason":"x"}}`))
	f.Fuzz(func(t *testing.T, body []byte) { require.Less(t, len(message(body)), 210*3) })
}
