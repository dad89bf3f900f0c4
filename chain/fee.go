package chain

// MaxFee is the most lamports that one transaction of a few instructions, signed
// by the wallet alone, costs in fees: the chain's, and [Config.PriorityFee].
func (c *Client) MaxFee() uint64 { return lamportsPerSignature + c.priority() }
