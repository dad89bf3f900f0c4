package localnet_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

func TestCloseIsIdempotent(t *testing.T) {
	for _, opts := range [][]localnet.Option{{localnet.Empty()}, {localnet.Empty(), localnet.InProcess()}} {
		n, err := localnet.Start(opts...)
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if err := n.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
		}
		wg.Wait()
		_, err = n.RPC().GetSlot(t.Context(), "")
		require.ErrorIs(t, err, localnet.ErrClosed)
	}
}

func TestCloseEndsWhatIsOpen(t *testing.T) {
	n, err := localnet.Start(localnet.Empty())
	require.NoError(t, err)
	idle, err := net.Dial("tcp", strings.TrimPrefix(n.URL(), "http://"))
	require.NoError(t, err)
	defer idle.Close()
	s := dial(t, n)
	s.write(t, `{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}`)
	require.Contains(t, s.read(t), "result")
	require.NoError(t, n.Close())
	require.Error(t, s.readEnd(t))
	_, err = net.Dial("tcp", idle.RemoteAddr().String())
	require.Error(t, err, "the port is free again")
}

func TestAddresses(t *testing.T) {
	n := localnet.New(t, localnet.Empty())
	require.Regexp(t, `^http://127\.0\.0\.1:\d+$`, n.URL())
	require.Regexp(t, `^ws://127\.0\.0\.1:\d+$`, n.WSURL())
	require.Zero(t, n.ProgramID())

	inside := localnet.New(t, localnet.Empty(), localnet.InProcess())
	require.Empty(t, inside.URL())
	require.Empty(t, inside.WSURL())
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestFixedPorts(t *testing.T) {
	rpcPort, wsPort := freePort(t), freePort(t)
	n := localnet.New(t, localnet.Empty(), localnet.WithPorts(rpcPort, wsPort))
	require.Equal(t, fmt.Sprintf("http://127.0.0.1:%d", rpcPort), n.URL())
	require.Equal(t, fmt.Sprintf("ws://127.0.0.1:%d", wsPort), n.WSURL())
	dial(t, n).write(t, `{}`)

	_, err := localnet.Start(localnet.Empty(), localnet.WithPorts(rpcPort, 0))
	require.ErrorContains(t, err, "choose other ports")
	_, err = localnet.Start(localnet.Empty(), localnet.WithPorts(freePort(t), wsPort))
	require.ErrorContains(t, err, "choose other ports")
}

func TestStartRefuses(t *testing.T) {
	for _, c := range []struct {
		message string
		opts    []localnet.Option
	}{
		{"WithClock needs a function", []localnet.Option{localnet.WithClock(nil)}},
		{"either InProcess or WithPorts", []localnet.Option{localnet.InProcess(), localnet.WithPorts(1, 2)}},
		{"a port is a number", []localnet.Option{localnet.WithPorts(70_000, 0)}},
		{"a port is a number", []localnet.Option{localnet.WithPorts(0, -1)}},
		{"limits cannot be negative", []localnet.Option{localnet.WithLimits(localnet.Limits{Batch: -1})}},
		{"program", []localnet.Option{localnet.WithProgram(solana.PublicKey{1}, []byte("no ELF"))}},
		{"cannot serve on", []localnet.Option{localnet.WithHost("256.256.256.256")}},
	} {
		_, err := localnet.Start(append(c.opts, localnet.Empty())...)
		require.ErrorContains(t, err, c.message)
	}
}

// tb records what New does with a testing.TB.
type tb struct {
	cleanups []func()
	failed   string
}

func (t *tb) Helper()                           {}
func (t *tb) Cleanup(f func())                  { t.cleanups = append(t.cleanups, f) }
func (t *tb) Fatalf(format string, args ...any) { t.failed = fmt.Sprintf(format, args...) }

func TestNew(t *testing.T) {
	var good tb
	n := localnet.New(&good, localnet.Empty())
	require.Empty(t, good.failed)
	require.Len(t, good.cleanups, 1)
	good.cleanups[0]()
	_, err := n.RPC().GetSlot(t.Context(), "")
	require.ErrorIs(t, err, localnet.ErrClosed)

	var bad tb
	require.Nil(t, localnet.New(&bad, localnet.WithPorts(-1, 0)))
	require.Contains(t, bad.failed, "a port is a number")
}

func TestSnapshot(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from, to := w.wallet(t), newKey(t).PublicKey()
		before, slot := w.net.Snapshot(), w.slot(t)
		tx := w.transferOf(t, from, to, sol)
		for range 2 {
			sig, err := w.client.SendTransaction(t.Context(), tx)
			require.NoError(t, err, "the same transaction lands again after a restore")
			w.net.Warp(1e9)
			require.Equal(t, sol, w.balance(t, to))

			require.NoError(t, w.net.Restore(before))
			require.Zero(t, w.balance(t, to))
			require.Equal(t, slot, w.slot(t))
			status, err := w.client.GetSignatureStatuses(t.Context(), true, sig)
			require.NoError(t, err)
			require.Nil(t, status.Value[0])
		}
		other := localnet.New(t, localnet.Empty(), localnet.InProcess())
		require.ErrorContains(t, other.Restore(before), "same network")
		require.ErrorContains(t, other.Restore(nil), "same network")
	}, frozenClock())
}

func TestSetAccount(t *testing.T) {
	n := localnet.New(t, localnet.Empty(), localnet.InProcess())
	key := newKey(t).PublicKey()
	_, ok := n.Account(key)
	require.False(t, ok)
	want := localnet.Account{Lamports: 1, Data: []byte("x"), Owner: solana.TokenProgramID, Executable: true}
	require.NoError(t, n.SetAccount(key, want))
	got, ok := n.Account(key)
	require.True(t, ok)
	require.Equal(t, want, got)
	require.Error(t, n.SetAccount(key, localnet.Account{Lamports: 1, Data: make([]byte, 10<<20+1)}))
	require.NoError(t, n.SetAccount(key, localnet.Account{}))
	_, ok = n.Account(key)
	require.False(t, ok)
}

func TestHTTPLimits(t *testing.T) {
	n := localnet.New(t, localnet.Empty(), localnet.WithLimits(localnet.Limits{RequestBytes: 2000, Batch: 2}))
	post := func(contentType, body string) (int, string) {
		resp, err := http.Post(n.URL(), contentType, strings.NewReader(body))
		require.NoError(t, err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(text)
	}
	slot := `{"jsonrpc":"2.0","id":1,"method":"getSlot"}`
	for _, c := range []struct {
		name, contentType, body string
		status                  int
		want                    string
	}{
		{"batch", "application/json", "[" + slot + "," + slot + "]", 200, `"result"`},
		{"large batch", "application/json", "[" + slot + "," + slot + "," + slot + "]", 200, "at most 2 are served"},
		{"large body", "application/json", strings.Repeat(" ", 2001), 413, "larger"},
		{"form", "application/x-www-form-urlencoded", slot, 415, "application/json"},
		{"garbage", "application/json", "\x00\xff", 200, "-32700"},
		{"deep nesting", "application/json", strings.Repeat("[", 2000), 200, "-32700"},
	} {
		status, text := post(c.contentType, c.body)
		require.Equal(t, c.status, status, c.name)
		require.Contains(t, text, c.want, c.name)
	}
}

func TestHTTPConnectionLimit(t *testing.T) {
	n := localnet.New(t, localnet.Empty(), localnet.WithLimits(localnet.Limits{Connections: 1}))
	address := strings.TrimPrefix(n.URL(), "http://")
	first, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer first.Close()
	body := `{"jsonrpc":"2.0","id":1,"method":"getHealth"}`
	_, err = fmt.Fprintf(first, "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	require.NoError(t, err)
	answer := make([]byte, 15)
	_, err = io.ReadFull(first, answer)
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 200 OK", string(answer))

	second, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer second.Close()
	_, err = second.Read(answer)
	require.Error(t, err, "refused while the first is open")
}

func TestBatchClient(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		out, err := w.client.RPCCallBatch(t.Context(), batchOf("getHealth", "getNothing", "getSlot"))
		require.NoError(t, err)
		require.Len(t, out, 3)
		require.Equal(t, `"ok"`, string(bytes.TrimSpace(out[0].Result)))
		require.Equal(t, -32601, out[1].Error.Code)
		require.Nil(t, out[2].Error)
	})
}

func TestCancelledContext(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := w.client.GetSlot(ctx, rpc.CommitmentFinalized)
		require.ErrorIs(t, err, ctx.Err())
	})
}

// All methods at once while the network closes: for the race detector, and no
// call may hang.
func TestConcurrentUse(t *testing.T) {
	n, err := localnet.Start(localnet.Empty())
	require.NoError(t, err)
	client := rpc.New(n.URL())
	defer client.Close()
	key := newKey(t).PublicKey()
	start := n.Snapshot()
	s := dial(t, n)
	s.write(t, `{"jsonrpc":"2.0","id":1,"method":"logsSubscribe","params":["all"]}`)

	var users sync.WaitGroup
	for _, use := range []func(){
		func() { _ = n.Fund(key, sol) },
		func() { _, _ = client.GetSlot(t.Context(), "") },
		func() { _, _ = n.RPC().GetProgramAccounts(t.Context(), solana.SystemProgramID) },
		func() { _, _ = client.RequestAirdrop(t.Context(), key, sol, "") },
		func() { n.Warp(1e9) },
		func() { _ = n.Restore(start); start := n.Snapshot(); _ = n.Restore(start) },
		func() { _ = n.SetAccount(key, localnet.Account{Lamports: sol, Owner: solana.SystemProgramID}) },
		func() { _ = n.AddProgram(echoID, echo()) },
	} {
		users.Go(func() {
			for range 20 {
				use()
			}
		})
	}
	users.Go(func() { _ = s.readEnd(t) })
	require.Eventually(t, func() bool { _, ok := n.Account(key); return ok }, 10*time.Second, time.Millisecond)
	require.NoError(t, n.Close())
	users.Wait()
}
