package localnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// How long Close waits for requests in flight, which take milliseconds, and for
// close frames to reach WebSocket clients.
const (
	requestGrace = 500 * time.Millisecond
	socketGrace  = 3 * time.Second
)

// server serves one handler on one or two listeners.
type server struct {
	http      http.Server
	serving   sync.WaitGroup
	rpc, sock net.Addr
}

// listen opens the ports and starts to serve. With two ports, both serve both
// protocols.
func listen(cfg config, handler http.Handler) (*server, error) {
	listeners, err := openPorts(cfg)
	if err != nil {
		return nil, err
	}
	s := &server{rpc: listeners[0].Addr(), sock: listeners[len(listeners)-1].Addr()}
	s.http = http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // errors of clients are not ours to report
	}
	slots := make(chan struct{}, cfg.limits.Connections)
	for _, l := range listeners {
		s.serving.Go(func() { _ = s.http.Serve(&boundedListener{l, slots}) })
	}
	return s, nil
}

func openPorts(cfg config) ([]net.Listener, error) {
	first, err := openPort(cfg.host, cfg.rpcPort)
	if err != nil {
		return nil, err
	}
	if cfg.wsPort == 0 || cfg.wsPort == cfg.rpcPort {
		return []net.Listener{first}, nil
	}
	second, err := openPort(cfg.host, cfg.wsPort)
	if err != nil {
		return nil, errors.Join(err, first.Close())
	}
	return []net.Listener{first, second}, nil
}

func openPort(host string, port int) (net.Listener, error) {
	address := net.JoinHostPort(host, strconv.Itoa(port))
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("localnet: cannot serve on %s (is another chain running there? choose other ports): %w", address, err)
	}
	return l, nil
}

// close ends the server. Requests in flight get requestGrace to finish; idle
// connections are closed at once.
func (s *server) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), requestGrace)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	s.serving.Wait()
	return err
}

// route sends WebSocket requests to sockets and all others to rpc.
func route(rpc, sockets http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if websocket.IsWebSocketUpgrade(r) {
			sockets.ServeHTTP(w, r)
			return
		}
		rpc.ServeHTTP(w, r)
	})
}

// boundedListener closes new connections at once while all slots are in use.
type boundedListener struct {
	net.Listener
	slots chan struct{}
}

func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.slots <- struct{}{}:
			return &boundedConn{Conn: conn, release: sync.OnceFunc(func() { <-l.slots })}, nil
		default:
			_ = conn.Close()
		}
	}
}

type boundedConn struct {
	net.Conn
	release func()
}

func (c *boundedConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}
