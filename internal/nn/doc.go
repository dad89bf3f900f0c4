// Package nn runs and trains neural networks that were described by PyTorch:
// layers with torch.nn's names, arguments, weight names and meaning, over
// spago's parameters and operators. Its parts, from the outside in:
//
// # The graph
//
// A network is a graph of nodes ([Node]): a layer ([Spec]) and the values that it
// takes. Value 0 is the network's input, value i+1 the output of node i. A node
// takes only values before it, so there are no cycles to look for. [NewGraph]
// checks the nodes against their weights and bounds what a stranger's graph can
// ask for; [New] is the same for a list of layers, which is a graph whose every
// node takes the output of the one before. Join layers (Add, Mul, Concat) are
// layers with several inputs. A gradient here is a derivative of the loss.
//
// # The layers
//
// Package [layers] has one file for each layer. A layer is an operator behind the
// interface [layers.Layer]: shapes, cost, forward, backward, gradients of its
// parameters. What only some can do is a capability, a small interface of its
// own. Layers that PyTorch builds of others (MultiheadAttention,
// TransformerEncoderLayer, stacked LSTMs) come as a plan of several operators,
// which become nodes of the one graph: everything below sees through them, while
// errors and weights keep the number of the layer that the caller wrote.
//
// # Runs and passes
//
// A run (run.go) executes one network, with memory for one batch. When it is
// made, passes (passes.go) go over the graph and annotate its nodes: which have
// nothing to do and share their input's memory, which ReLU or dropout the
// preceding node applies as it writes its output, which values need a gradient and
// which node writes or adds to it, which layers divide the rows of their weights
// among the threads instead of the samples ([layers.RowSharder]). Then forward.go
// takes every member of a team of threads with its own samples through as many
// nodes as possible without a barrier, and backward.go takes them back.
//
// # Adapters
//
// [Net.Adapt] puts low-rank adapters (LoRA) beside weights: a pass over the graph adds two small nodes for
// each, the second of which works in place on the output of the layer beside it. What was there before is
// frozen: it behaves as in eval and has no gradients. Layers say what their branch looks like
// ([layers.LowRanker]); none of them knows that it has one.
//
// # Determinism
//
// On one machine and class of kernels the same inputs, weights and seed give the
// same bits, whatever the number of threads. Threads cut samples, features or
// parameters, never a sum; a sum over the batch has one order. If a value feeds
// several nodes, its gradient is their sum from the last node to the first.
// The random numbers of a dropout depend on the seed, the step, the number of its
// layer (and of its part of the layer) and the element, not on who draws them.
// [Net.Forward] processes a batch in blocks, on all processors; every sample has
// the same bits as if it were alone.
//
// # spago
//
// Parameters are spago's (nn.Param), an optimizer is spago's strategy, the losses
// and the network itself are spago functions (ag.AutoGradFunction) run by
// ag.NewOperator. The whole network is one such function, so spago's own graph is
// not used inside it, for two reasons. A graph of spago operators starts a
// goroutine for each of them in the backward pass, whose order of accumulation
// depends on the scheduler: gradients would differ from run to run. And a
// mini-batch as one matrix, with fused kernels, is some ten times faster than
// operators that each allocate their result. spago_test.go computes the same
// network with spago's own operators and backward pass and compares; the
// optimizers are compared with their spago interface there too.
package nn
