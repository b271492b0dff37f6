"""The rim: sockets, tasks and signals. The only place that knows starlette and uvicorn.

``app`` routes requests, ``answer`` plays plans to clients, ``driver`` keeps time for all
streams at once, ``wire`` reaches below ASGI to the transport, ``run`` starts and stops.
"""
