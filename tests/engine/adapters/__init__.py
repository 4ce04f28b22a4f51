"""The engine with LoRAs and embeddings."""
