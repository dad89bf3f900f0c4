package layers

import "fmt"

// The poolings of volumes, [channels, depth, height, width]. A maximum, a sum and
// the number of inputs of a window are products of what they are along each
// dimension, so each layer is two: windows over the planes, then along the depth.
func init() {
	register("MaxPool3d", func(a *args) Plan {
		plane, depth := poolStages(stridedAxes(a, 3, true))
		a.refuse("return_indices", false)
		return pool3dPlan(&maxPool{plane}, &maxPool{depth})
	})
	register("AvgPool3d", func(a *args) Plan {
		plane, depth := poolStages(stridedAxes(a, 3, false))
		count, divisor := a.bool("count_include_pad", true), a.int("divisor_override", 0, 1)
		along := 0
		if divisor > 0 { // divide once
			along = 1
		}
		return pool3dPlan(&avgPool{plane, divisor, count}, &avgPool{depth, along, count})
	})
	register("AdaptiveAvgPool3d", func(a *args) Plan {
		plane, depth := poolStages(adaptiveAxes(a, 3))
		return pool3dPlan(&avgPool{pool: plane}, &avgPool{pool: depth})
	})
	register("AdaptiveMaxPool3d", func(a *args) Plan {
		plane, depth := poolStages(adaptiveAxes(a, 3))
		a.refuse("return_indices", false)
		return pool3dPlan(&maxPool{plane}, &maxPool{depth})
	})
}

// poolStages divides windows along depth, height and width.
func poolStages(axes []poolAxis) (plane, depth pool) {
	return pool{dims: 3, at: 1, axes: [2]poolAxis{axes[1], axes[2]}},
		pool{dims: 3, axes: [2]poolAxis{axes[0], adaptive{}}}
}

func pool3dPlan(plane, depth Layer) Plan {
	b := &assembly{plan: Plan{MinInputs: 1, MaxInputs: 1, Accepts: func(inputs ...[]int) error {
		if len(inputs[0]) != 4 {
			return fmt.Errorf("want channels and 3 more dimensions")
		}
		return nil
	}}}
	b.join(depth, b.join(plane, 0))
	return b.plan
}
