package localnet_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/surfpool"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// asServer makes the test binary a chain that others measure: with a name for what it
// keeps on disk, or "memory".
const asServer = "DECLOUD_LOCALNET_SERVER"

func init() {
	dir := os.Getenv(asServer)
	if dir == "" {
		return
	}
	opts := []localnet.Option{localnet.Empty(), localnet.WithLimits(localnet.Limits{Connections: 20_000})}
	if dir != "memory" {
		opts = append(opts, localnet.WithLedger(dir))
	}
	n, err := localnet.Start(opts...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(n.URL(), n.WSURL())
	_, _ = bufio.NewReader(os.Stdin).ReadByte() // until the other process ends
	os.Exit(0)
}

// served is a chain in a process of its own.
type served struct {
	url, ws string
	pid     int
}

func serveApart(b *testing.B, dir string) served {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asServer+"="+dir)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(b, err)
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	b.Cleanup(func() { _ = stdin.Close(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(b, err)
	url, ws, _ := strings.Cut(strings.TrimSpace(line), " ")
	return served{url, ws, cmd.Process.Pid}
}

// megabytes is the memory that the server's process has.
func (s served) megabytes() float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.pid))
	if err != nil {
		return 0
	}
	pages, _ := strconv.ParseFloat(strings.Fields(string(status))[1], 64)
	return pages * float64(os.Getpagesize()) / 1e6
}

// cpu is the processor time that the server's process has used, in steps of 10 ms.
func (s served) cpu() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.pid))
	if err != nil {
		return 0
	}
	_, fields, _ := strings.Cut(string(stat), ") ")
	ticks := 0
	for _, f := range strings.Fields(fields)[11:13] { // user and system
		n, _ := strconv.Atoi(f)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// transferBody is a request to send a signed transfer.
func transferBody(from solana.PrivateKey, hash solana.Hash, lamports uint64) string {
	tx, err := solana.NewTransaction([]solana.Instruction{transfer(from.PublicKey(), from.PublicKey(), lamports)}, hash, solana.TransactionPayer(from.PublicKey()))
	if err != nil {
		panic(err)
	}
	if _, err := tx.Sign(func(solana.PublicKey) *solana.PrivateKey { return &from }); err != nil {
		panic(err)
	}
	return `{"jsonrpc":"2.0","id":1,"method":"sendTransaction","params":["` + tx.MustToBase64() + `",{"encoding":"base64","skipPreflight":true}]}`
}

// serveKind starts the chain that is measured: this one with what it keeps in memory or on disk, or Surfpool.
func serveKind(b *testing.B, kind string) served {
	b.Helper()
	switch kind {
	case "disk":
		return serveApart(b, b.TempDir())
	case "surfpool":
		c := surfpool.Start(b)
		return served{c.RPC, c.WS, c.PID}
	}
	return serveApart(b, kind)
}

// settled waits until a chain has processed so many transactions, or no more for a second. It returns how many it has,
// and since when.
func settled(b *testing.B, client *rpc.Client, want uint64) (count uint64, since time.Time) {
	b.Helper()
	since = time.Now()
	for count < want && time.Since(since) < time.Second {
		now, err := client.GetTransactionCount(context.Background(), "")
		require.NoError(b, err)
		if now > count {
			count, since = now, time.Now()
		}
	}
	return count, since
}

// BenchmarkTransactionsOverHTTP measures transactions a second that a chain in another
// process takes from clients here, which sign each and share these cores.
func BenchmarkTransactionsOverHTTP(b *testing.B) {
	for _, kind := range []string{"memory", "disk", "surfpool"} {
		b.Run(kind, func(b *testing.B) {
			s := serveKind(b, kind)
			client := rpc.New(s.url)
			defer client.Close()
			http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 100
			var hash atomic.Pointer[solana.Hash]
			refresh := func() {
				latest, err := client.GetLatestBlockhash(context.Background(), "")
				require.NoError(b, err)
				hash.Store(&latest.Value.Blockhash)
			}
			refresh()
			from := newKey(b)
			_, err := client.RequestAirdrop(b.Context(), from.PublicKey(), 1000*sol, "")
			require.NoError(b, err)
			before, _ := settled(b, client, 1)
			var sent atomic.Uint64
			busy := s.cpu()
			b.SetParallelism(8)
			b.ResetTimer()
			start := time.Now()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					n := sent.Add(1)
					if n%50 == 0 {
						refresh()
					}
					post(b, s.url, transferBody(from, *hash.Load(), n))
				}
			})
			b.StopTimer()
			count, end := settled(b, client, before+uint64(b.N))
			done := count - before
			b.ReportMetric(float64(done)/end.Sub(start).Seconds(), "tx/s")
			b.ReportMetric(float64((s.cpu()-busy).Microseconds())/float64(done), "server-µs/tx")
			b.ReportMetric(float64(b.N)-float64(done), "lost")
		})
	}
}

func post(b *testing.B, url, body string) {
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		b.Error(err)
		return
	}
	_, _ = bufio.NewReader(resp.Body).WriteTo(discard{})
	_ = resp.Body.Close()
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkNotifications measures how long a subscriber waits for the notification of a
// transfer, from the moment it is sent, while many other sockets are open: quiet ones,
// and slow ones that subscribe to everything and read nothing.
func BenchmarkNotifications(b *testing.B) {
	for _, c := range []struct {
		kind        string
		quiet, slow int
	}{{"memory", 0, 0}, {"memory", 1000, 0}, {"memory", 10_000, 0}, {"memory", 9900, 100}, {"surfpool", 0, 0}} {
		b.Run(fmt.Sprintf("%s/quiet=%d/slow=%d", c.kind, c.quiet, c.slow), func(b *testing.B) { notifications(b, c.kind, c.quiet, c.slow) })
	}
}

func notifications(b *testing.B, kind string, quiet, slow int) {
	s := serveKind(b, kind)
	before := s.megabytes()
	const account = `{"jsonrpc":"2.0","id":1,"method":"accountSubscribe","params":["%s"]}`
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range (quiet + 7 - i) / 8 {
				subscribe(b, s.ws, fmt.Sprintf(account, newKey(b).PublicKey()))
			}
			for range (slow + 7 - i) / 8 {
				subscribe(b, s.ws, `{"jsonrpc":"2.0","id":1,"method":"logsSubscribe","params":["all"]}`)
			}
		})
	}
	all.Wait()
	runtime.GC()
	if quiet+slow > 0 {
		b.ReportMetric((s.megabytes()-before)*1e3/float64(quiet+slow), "kB/socket")
	}
	client := rpc.New(s.url)
	defer client.Close()
	from := newKey(b)
	mine := subscribe(b, s.ws, fmt.Sprintf(account, from.PublicKey()))
	if mine == nil {
		return
	}
	_, err := client.RequestAirdrop(b.Context(), from.PublicKey(), 1000*sol, "")
	require.NoError(b, err)
	_, _, err = mine.ReadMessage()
	require.NoError(b, err)
	var took []time.Duration
	lost, seen := 0, heard(mine)
	busy := s.cpu()
	for i := 0; b.Loop(); i++ {
		latest, err := client.GetLatestBlockhash(b.Context(), "")
		require.NoError(b, err)
		body := transferBody(from, latest.Value.Blockhash, uint64(i+1))
		start := time.Now()
		post(b, s.url, body)
		select {
		case at := <-seen:
			took = append(took, at.Sub(start))
		case <-time.After(2 * time.Second):
			lost++
		}
	}
	b.ReportMetric(float64((s.cpu()-busy).Microseconds())/float64(len(took)+lost), "server-µs/tx")
	b.ReportMetric(float64(lost), "lost")
	slices.Sort(took)
	for _, p := range []int{50, 99, 100} {
		if len(took) > 0 {
			b.ReportMetric(float64(took[min(len(took)-1, len(took)*p/100)].Microseconds()), fmt.Sprintf("p%d-µs", p))
		}
	}
}

// heard passes on when notifications come, until the socket is closed.
func heard(conn *websocket.Conn) <-chan time.Time {
	seen := make(chan time.Time, 1000)
	go func() {
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				return
			}
			seen <- time.Now()
		}
	}()
	return seen
}

// subscribe opens a socket and waits for the answer to its subscription.
func subscribe(b *testing.B, url, message string) *websocket.Conn {
	conn, resp, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil {
		b.Error(err)
		return nil
	}
	_ = resp.Body.Close()
	b.Cleanup(func() { _ = conn.Close() })
	if err := conn.WriteMessage(websocket.TextMessage, []byte(message)); err != nil {
		b.Error(err)
	}
	if _, _, err := conn.ReadMessage(); err != nil {
		b.Error(err)
	}
	return conn
}

// BenchmarkMemory measures what accounts of 200 bytes and transactions take.
func BenchmarkMemory(b *testing.B) {
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	n := localnet.New(b, localnet.Empty(), localnet.InProcess())
	start, data := heap(), make([]byte, 200)
	for i := range 100_000 {
		key := solana.PublicKey{1: byte(i), 2: byte(i >> 8), 3: byte(i >> 16), 4: 1}
		require.NoError(b, n.SetAccount(key, localnet.Account{Lamports: sol, Data: data, Owner: solana.PublicKey{9}}))
	}
	accounts := heap()
	b.ReportMetric(accounts-start, "MB/100k-accounts")
	to := newKey(b).PublicKey()
	for range 20_000 {
		require.NoError(b, n.Fund(to, sol))
	}
	full := heap()
	b.ReportMetric(full-accounts, "MB/20k-transactions")
	for range 20_000 {
		require.NoError(b, n.Fund(to, sol))
	}
	b.ReportMetric(heap()-full, "MB-more-after-20k")
	runtime.KeepAlive(n)
}
