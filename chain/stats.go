package chain

import "sync/atomic"

// Stats is what a client has done since it was made.
type Stats struct {
	Nodes        []NodeStats // in the order of the configuration, as [Client.Nodes]
	Transactions uint64      // that were processed, with success or without
	Refused      uint64      // of those: without
	Fees         uint64      // lamports that they cost, as far as the nodes had their records (see [Receipt])
}

// NodeStats is what a client has asked a node.
type NodeStats struct {
	Host     string // of its URL, with the port
	Calls    uint64 // over HTTP; a call that is tried again counts again
	Failures uint64 // of those: without an answer, or with one that another node might have given
}

// Stats counts what the client has done. It asks no node.
func (c *Client) Stats() Stats {
	s := Stats{Transactions: c.spent.transactions.Load(), Refused: c.spent.refused.Load(), Fees: c.spent.fees.Load()}
	for _, m := range c.nodes.members {
		s.Nodes = append(s.Nodes, NodeStats{Host: m.host, Calls: m.calls.Load(), Failures: m.failed.Load()})
	}
	return s
}

// outlay counts transactions and their fees.
type outlay struct{ transactions, refused, fees atomic.Uint64 }

// add counts a transaction that was processed.
func (o *outlay) add(r Receipt, refusal error) {
	o.transactions.Add(1)
	o.fees.Add(r.Fee)
	if refusal != nil {
		o.refused.Add(1)
	}
}
