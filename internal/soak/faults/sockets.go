package faults

import (
	"io"
	"net"
	"net/http"
	"sync"
)

// sockets are the websockets that pass through a node.
type sockets struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
}

// cut closes all of them.
func (s *sockets) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
	s.conns = nil
}

func (s *sockets) add(conns ...net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		s.conns = map[net.Conn]bool{}
	}
	for _, c := range conns {
		s.conns[c] = true
	}
}

func (s *sockets) remove(conns ...net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(s.conns, c)
	}
}

// socket passes a websocket on to the chain, byte by byte. A node with a fault has none.
func (n *node) socket(w http.ResponseWriter, r *http.Request, kind Kind) {
	n.targetMu.Lock()
	target := n.target
	n.targetMu.Unlock()
	if kind != None {
		http.Error(w, "no websocket now", http.StatusServiceUnavailable)
		return
	}
	chain, err := net.Dial("tcp", target)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	r.Host = target
	if err := r.Write(chain); err != nil {
		_ = chain.Close()
		return
	}
	worker, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = chain.Close()
		return
	}
	n.sockets.add(worker, chain)
	defer n.sockets.remove(worker, chain)
	go func() {
		_, _ = io.Copy(worker, chain)
		n.sockets.remove(worker, chain)
	}()
	_, _ = io.Copy(chain, buffered)
}
