"""The addresses of endpoints and deliveries."""

from django.urls import path

from workers.deliveries import api, web

urlpatterns = [
    path("api/v1/endpoints/", api.Endpoints.as_view(), name="endpoints"),
    path("api/v1/endpoints/<uuid:endpoint_id>/", api.OneEndpoint.as_view(), name="endpoint"),
    path("api/v1/endpoints/<uuid:endpoint_id>/pause/", api.Pause.as_view(), name="endpoint-pause"),
    path("api/v1/endpoints/<uuid:endpoint_id>/resume/", api.Resume.as_view(), name="endpoint-resume"),
    path("api/v1/endpoints/<uuid:endpoint_id>/disable/", api.Disable.as_view(), name="endpoint-disable"),
    path("api/v1/endpoints/<uuid:endpoint_id>/enable/", api.Enable.as_view(), name="endpoint-enable"),
    path("api/v1/endpoints/<uuid:endpoint_id>/rotate/", api.Rotate.as_view(), name="endpoint-rotate"),
    path("api/v1/endpoints/<uuid:endpoint_id>/test/", api.Test.as_view(), name="endpoint-test"),
    path("api/v1/endpoints/<uuid:endpoint_id>/replay/", api.ReplayRange.as_view(), name="endpoint-replay"),
    path("api/v1/deliveries/", api.Deliveries.as_view(), name="deliveries"),
    path("api/v1/deliveries/<uuid:delivery_id>/", api.OneDelivery.as_view(), name="delivery"),
    path("api/v1/deliveries/<uuid:delivery_id>/attempts/", api.Attempts.as_view(), name="delivery-attempts"),
    path("api/v1/deliveries/<uuid:delivery_id>/replay/", api.Replay.as_view(), name="delivery-replay"),
    path("endpoints/", web.Endpoints.as_view(), name="page-endpoints"),
    path("endpoints/<uuid:endpoint_id>/", web.OneEndpoint.as_view(), name="page-endpoint"),
    path("endpoints/<uuid:endpoint_id>/code/", web.Verification.as_view(), name="page-verification"),
    path("deliveries/<uuid:delivery_id>/", web.OneDelivery.as_view(), name="page-delivery"),
]
