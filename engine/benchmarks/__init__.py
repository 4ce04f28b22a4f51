"""What the engine is measured with: stock diffusers calls, random models of full size, gauges."""
