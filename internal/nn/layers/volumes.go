package layers

// The layers for volumes ([channels, depth, height, width]) that differ from those
// for pictures in nothing but the shape that they accept.
func init() {
	register("BatchNorm3d", func(a *args) Plan { return batchNormPlan(a, 4, 4) })
	register("Dropout1d", func(a *args) Plan { return channelDropout(a, 2) })
	register("Dropout2d", func(a *args) Plan { return channelDropout(a, 3) })
	register("Dropout3d", func(a *args) Plan { return channelDropout(a, 4) })
}

// channelDropout drops whole channels of samples of dims dimensions.
func channelDropout(a *args, dims int) Plan {
	p := a.probability("p", 0.5)
	return single(nil, func([]*Param) Layer { return &dropout{p: p, dims: dims} })
}
