package app

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSeconds(t *testing.T) {
	for text, want := range map[string]time.Duration{"5": 5 * time.Second, "0.25": 250 * time.Millisecond, "90s": 90 * time.Second, "5m": 5 * time.Minute, "1.5": 1500 * time.Millisecond, "12h": 12 * time.Hour, "0": 0} {
		var v Seconds
		require.NoError(t, v.Set(text), text)
		require.Equal(t, want, time.Duration(v), text)
	}
	for _, text := range []string{"", "-1", "-5s", "soon", "1e20", "9999999999999999"} {
		require.Error(t, new(Seconds).Set(text), text)
	}
}

func TestValuesSurviveTextAndJSON(t *testing.T) {
	in := settings{Reward: 123_456_789, Rating: 455, Pause: Seconds(1500 * time.Millisecond), Sets: Names{"mnist", "cifar10"}, Count: 9, Share: 0.25, On: true}
	data, err := json.Marshal(&in)
	require.NoError(t, err)
	require.Contains(t, string(data), `"reward":0.123456789`, "amounts are plain numbers, as the kits write them")
	var out settings
	require.NoError(t, json.Unmarshal(data, &out))
	require.Equal(t, in.Reward, out.Reward)
	require.Equal(t, in.Rating, out.Rating)
	require.Equal(t, in.Pause, out.Pause)
	require.Equal(t, in.Sets, out.Sets)
	for _, s := range in.Settings() {
		if s.reveal == nil {
			require.NoError(t, s.Value.Set(s.Value.String()), s.Key)
		}
	}
	require.NoError(t, json.Unmarshal([]byte(`{"reward":"0.5","rating":null,"pause":"2m","sets":null}`), &out))
	require.EqualValues(t, 500_000_000, out.Reward)
	require.EqualValues(t, 455, out.Rating, "null leaves what was there")
	require.Error(t, json.Unmarshal([]byte(`{"reward":[1]}`), &out))
}

func TestNumbersHaveBounds(t *testing.T) {
	n, f := 5, 0.5
	for _, text := range []string{"0", "25", "x", "", "1.5"} {
		require.Error(t, Int(&n, 1, 24).Set(text), text)
	}
	for _, text := range []string{"NaN", "Inf", "-1", "2", ""} {
		require.Error(t, Float(&f, 0, 1).Set(text), text)
	}
	require.Equal(t, 5, n)
	require.Equal(t, 0.5, f)
}

func TestPathsStayWhereTheyWereSet(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for text, want := range map[string]string{"": "", "~": "~", "~/x": "~/x", "/a/b": "/a/b", "k/id.json": filepath.Join(dir, "k/id.json"), "../x": filepath.Join(filepath.Dir(dir), "x")} {
		var p string
		require.NoError(t, Path(&p).Set(text))
		require.Equal(t, want, p, text)
	}
}

func TestNamesThatMeanNoRestriction(t *testing.T) {
	for text, want := range map[string]Names{"": {}, "any": {}, "ALL": {}, " a , b,": {"a", "b"}, "any,mnist": {"any", "mnist"}} {
		var v Names
		require.NoError(t, v.Set(text))
		require.Equal(t, want, v, text)
	}
}

func TestPlainLeavesTheTerminalAlone(t *testing.T) {
	require.Equal(t, "a\ufffd[31mred\nnext\tß★", Plain("a\x1b[31mred\nnext\tß★"))
	require.Equal(t, "\ufffd\ufffd\ufffd", Plain("\u202e\u009b\u2028"))
}
